// SPDX-License-Identifier: Apache-2.0
// What the audit log is asked. Its pages follow each other by `next`; one can be short and have more behind it.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema.gen";

export type AuditEvent = components["schemas"]["AuditEvent"];

/** Empty: not filtered. Times are Unix seconds. */
export interface Filter {
	actor: string;
	action: string;
	object: string;
	request: string;
	text: string;
	from: number | null;
	to: number | null;
}

const PAGE = 50;

export function auditQuery(filter: Filter) {
	return {
		...(filter.actor !== "" && { actor: filter.actor }),
		...(filter.action !== "" && { action: filter.action }),
		...(filter.object !== "" && { object: filter.object }),
		...(filter.request !== "" && { request_id: filter.request }),
		...(filter.text !== "" && { text: filter.text }),
		...(filter.from !== null && { from: filter.from }),
		...(filter.to !== null && { to: filter.to }),
	};
}

function words(filter: Filter): [string, string][] {
	return Object.entries(auditQuery(filter)).map(([name, value]) => [name, String(value)]);
}

export function auditPath(filter: Filter): string {
	const query = new URLSearchParams(words(filter)).toString();
	return query === "" ? "/api/audit" : `/api/audit?${query}`;
}

/** All lines that match, and nothing else: the same words as the list's. */
export function exportPath(filter: Filter, format: "csv" | "ndjson"): string {
	return `/api/audit/export?${new URLSearchParams([...words(filter), ["format", format]])}`;
}

export function useAudit(filter: Filter) {
	const query = auditQuery(filter);
	const key = JSON.stringify(query);
	const [place, setPlace] = useState<{ key: string; cursors: string[] }>({ key, cursors: [] });
	const cursors = place.key === key ? place.cursors : [];
	const after = cursors.at(-1);
	const page = useQuery({
		queryKey: ["audit", query, { after }],
		queryFn: () =>
			data(api.GET("/api/audit", { params: { query: { ...query, limit: PAGE, after } } })),
		placeholderData: keepPreviousData,
	});
	const next = page.data?.next ?? null;
	return {
		rows: page.data?.data,
		error: page.error,
		refetch: () => void page.refetch(),
		pager: {
			page: cursors.length + 1,
			hasMore: next !== null && (page.data?.has_more ?? false),
			busy: page.isPlaceholderData,
			onNext: () => next !== null && setPlace({ key, cursors: [...cursors, next] }),
			onPrevious: () => setPlace({ key, cursors: cursors.slice(0, -1) }),
		},
	};
}

const PAGES_MOST = 20;

/** One line by its id and its second: what a permalink holds. Null: there is none, or it is another organisation's. */
export function useAuditEvent(id: string, second: number | null) {
	return useQuery({
		queryKey: ["audit", "one", id, second],
		enabled: id !== "" && second !== null,
		queryFn: async (): Promise<AuditEvent | null> => {
			let after: string | undefined;
			for (let page = 0; page < PAGES_MOST; page++) {
				const query = { from: second ?? 0, to: (second ?? 0) + 1, limit: 200, after };
				const answer = await data(api.GET("/api/audit", { params: { query } }));
				const found = answer.data.find((event) => event.id === id);
				if (found) return found;
				if (!answer.has_more || answer.next === null) break;
				after = answer.next;
			}
			return null;
		},
	});
}

export function secondOf(event: AuditEvent): number {
	return Math.floor(Date.parse(event.time) / 1000);
}
