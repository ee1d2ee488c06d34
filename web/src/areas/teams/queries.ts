// SPDX-License-Identifier: Apache-2.0
// What the page of teams asks and does; usage and budgets take names from here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages } from "@/api/all-pages";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

export type Team = components["schemas"]["Team"];

const PAGE = 50;
const ALL = 100;

export function useTeams(archived: boolean) {
	return usePages(["teams", { archived }], (after) =>
		data(api.GET("/api/teams", { params: { query: { limit: PAGE, after, archived } } })),
	);
}

/** All of them, archived ones too, for names beside ids. */
export function useAllTeams(enabled = true) {
	return useQuery({
		queryKey: ["teams", "all"],
		enabled,
		staleTime: 60_000,
		queryFn: () =>
			allPages((after) =>
				data(api.GET("/api/teams", { params: { query: { limit: ALL, after, archived: true } } })),
			),
	});
}

export function useTeam(id: string) {
	return useQuery({
		queryKey: ["teams", "one", id],
		enabled: id !== "",
		queryFn: () => data(api.GET("/api/teams/{id}", { params: { path: { id } } })),
	});
}

export function useTeamMembers(id: string) {
	return useQuery({
		queryKey: ["teams", "members", id],
		enabled: id !== "",
		queryFn: () =>
			allPages(async (after) => {
				const page = await data(
					api.GET("/api/teams/{id}/members", {
						params: { path: { id }, query: { limit: ALL, after } },
					}),
				);
				return { ...page, data: page.data.map((row) => ({ ...row, id: row.account_id })) };
			}),
	});
}

function useWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: write,
		onSuccess: () => client.invalidateQueries({ queryKey: ["teams"] }),
	});
}

export function useSaveTeam() {
	return useWrite(({ id, name }: { id: string | null; name: string }) =>
		id === null
			? data(api.POST("/api/teams", { body: { name } }))
			: data(api.POST("/api/teams/{id}", { params: { path: { id } }, body: { name } })),
	);
}

export function useArchiveTeam() {
	return useWrite((id: string) =>
		data(api.POST("/api/teams/{id}/archive", { params: { path: { id } } })),
	);
}

interface Belonging {
	id: string;
	account: string;
}

export function useAddToTeam() {
	return useWrite(({ id, account }: Belonging) =>
		data(api.PUT("/api/teams/{id}/members/{account}", { params: { path: { id, account } } })),
	);
}

export function useRemoveFromTeam() {
	return useWrite(({ id, account }: Belonging) =>
		data(api.DELETE("/api/teams/{id}/members/{account}", { params: { path: { id, account } } })),
	);
}
