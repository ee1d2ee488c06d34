// SPDX-License-Identifier: Apache-2.0
// Views that people keep: the query of a page under a name.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema.gen";

/** What opens a dialog or shows one row is not part of a view. */
const PASSING = ["do", "event", "at", "invoice"];

export function viewQuery(query: string): string {
	const words = new URLSearchParams(query);
	for (const name of PASSING) words.delete(name);
	words.sort();
	return words.toString();
}

export function useViews(page: string, enabled: boolean) {
	return useQuery({
		queryKey: ["views", page],
		queryFn: () => data(api.GET("/api/auth/views", { params: { query: { page } } })),
		staleTime: 60_000,
		enabled,
	});
}

function useViewWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: write,
		onSuccess: () => void client.invalidateQueries({ queryKey: ["views"] }),
	});
}

export function useSaveView() {
	return useViewWrite((body: components["schemas"]["SavedViewCreate"]) =>
		data(api.POST("/api/auth/views", { body })),
	);
}

export function useDeleteView() {
	return useViewWrite((id: string) =>
		data(api.DELETE("/api/auth/views/{id}", { params: { path: { id } } })),
	);
}
