// SPDX-License-Identifier: Apache-2.0
// How pages ask: React Query with the whole filter as the key, and pages by cursor.
"use client";
import { keepPreviousData, QueryClient, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isTransient } from "./errors";

export function makeQueryClient() {
	return new QueryClient({
		defaultOptions: {
			queries: {
				// Also without a connection: then the page says so, rather than to wait without a word.
				networkMode: "always",
				refetchOnReconnect: true,
				staleTime: 10_000,
				// Twice, and only where a moment later may be better; everything else is shown at once.
				retry: (count, error) => count < 2 && isTransient(error),
				retryDelay: (count) => 500 * 2 ** count,
			},
			// A write is never sent twice by itself.
			mutations: { networkMode: "always", retry: false },
		},
	});
}

export interface CursorPage<Row> {
	data: Row[];
	has_more: boolean;
}

/**
 * A list that the API pages by cursor. `key` is the area's name and then the whole filter; `fetchPage` gets the
 * cursor: the id of the last row of the page before.
 */
export function usePages<Row extends { id: string }>(
	key: readonly unknown[],
	fetchPage: (after: string | undefined) => Promise<CursorPage<Row>>,
) {
	const filter = JSON.stringify(key);
	const [place, setPlace] = useState<{ filter: string; cursors: string[] }>({
		filter,
		cursors: [],
	});
	// Another filter begins at its first page.
	const cursors = place.filter === filter ? place.cursors : [];
	const after = cursors.at(-1);
	const query = useQuery({
		queryKey: [...key, { after }],
		queryFn: () => fetchPage(after),
		placeholderData: keepPreviousData,
	});
	const last = query.data?.data.at(-1)?.id;
	return {
		rows: query.data?.data,
		error: query.error,
		refetch: () => void query.refetch(),
		pager: {
			page: cursors.length + 1,
			hasMore: query.data?.has_more ?? false,
			busy: query.isPlaceholderData,
			onNext: () => last !== undefined && setPlace({ filter, cursors: [...cursors, last] }),
			onPrevious: () => setPlace({ filter, cursors: cursors.slice(0, -1) }),
		},
	};
}
