// SPDX-License-Identifier: Apache-2.0
// What the pages of members ask and do; other areas take names from here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages } from "@/api/all-pages";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

export type Member = components["schemas"]["User"];
export type Invitation = components["schemas"]["Invitation"];
export type Role = Member["role"];

const PAGE = 50;
const ALL = 100;

export function useMembers() {
	return usePages(["members"], (after) =>
		data(api.GET("/api/users", { params: { query: { limit: PAGE, after } } })),
	);
}

export function useInvitations() {
	return usePages(["invitations"], (after) =>
		data(api.GET("/api/invitations", { params: { query: { limit: PAGE, after } } })),
	);
}

/** Everybody, for names beside ids and for choosing; where the session may read them. */
export function useDirectory(enabled = true) {
	return useQuery({
		queryKey: ["members", "all"],
		enabled,
		staleTime: 60_000,
		queryFn: () =>
			allPages((after) =>
				data(api.GET("/api/users", { params: { query: { limit: ALL, after } } })),
			),
	});
}

/** How a person is written: the name, else the address, else nothing. */
export function memberName(member: Pick<Member, "name" | "email">): string | null {
	return member.name || member.email || null;
}

function useWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: write,
		onSuccess: () =>
			Promise.all([
				client.invalidateQueries({ queryKey: ["members"] }),
				client.invalidateQueries({ queryKey: ["invitations"] }),
			]),
	});
}

export function useChangeRole() {
	return useWrite(({ id, role }: { id: string; role: Role }) =>
		data(api.POST("/api/users/{id}/role", { params: { path: { id } }, body: { role } })),
	);
}

export function useDisable() {
	return useWrite((id: string) =>
		data(api.POST("/api/users/{id}/disable", { params: { path: { id } } })),
	);
}

export function useEnable() {
	return useWrite((id: string) =>
		data(api.POST("/api/users/{id}/enable", { params: { path: { id } } })),
	);
}

export function useCreateLink() {
	return useWrite((id: string) =>
		data(api.POST("/api/users/{id}/link", { params: { path: { id } } })),
	);
}

export function useInvite() {
	return useWrite((body: { email: string; role: Role }) =>
		data(api.POST("/api/invitations", { body })),
	);
}

export function useResend() {
	return useWrite((id: string) =>
		data(api.POST("/api/invitations/{id}/resend", { params: { path: { id } } })),
	);
}

export function useRevokeInvitation() {
	return useWrite((id: string) =>
		data(api.DELETE("/api/invitations/{id}", { params: { path: { id } } })),
	);
}
