// SPDX-License-Identifier: Apache-2.0
// What the pages of members ask and do; other areas take names from here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages } from "@/api/all-pages";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";
import { useElevation } from "@/session/elevation";

export type Member = components["schemas"]["User"];
export type Invitation = components["schemas"]["Invitation"];
export type Role = Member["role"];

const PAGE = 50;
const ALL = 100;

/** Those of the own organisation; with `tenant`, for the operator, those of that one. So with all hooks below. */
export function useMembers(tenant?: string) {
	return usePages(["members", { tenant }], (after) => {
		const query = { limit: PAGE, after };
		return tenant === undefined
			? data(api.GET("/api/users", { params: { query } }))
			: data(api.GET("/api/tenants/{tenant}/users", { params: { path: { tenant }, query } }));
	});
}

export function useInvitations(tenant?: string) {
	return usePages(["invitations", { tenant }], (after) => {
		const query = { limit: PAGE, after };
		return tenant === undefined
			? data(api.GET("/api/invitations", { params: { query } }))
			: data(api.GET("/api/tenants/{tenant}/invitations", { params: { path: { tenant }, query } }));
	});
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

/** Where a fresh proof is wanted, the dialog asks for it. */
function useWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	const elevated = useElevation();
	return useMutation({
		mutationFn: (input: Input) => elevated(() => write(input)),
		// Not waited for: what asked may be gone when the new answers are there, and with it what it does next.
		onSuccess: () => {
			for (const key of ["members", "invitations", "tenants"])
				void client.invalidateQueries({ queryKey: [key] });
		},
	});
}

export function useChangeRole() {
	return useWrite(({ id, role }: { id: string; role: Role }) =>
		data(api.POST("/api/users/{id}/role", { params: { path: { id } }, body: { role } })),
	);
}

export function useDisable(tenant?: string) {
	return useWrite((id: string) =>
		tenant === undefined
			? data(api.POST("/api/users/{id}/disable", { params: { path: { id } } }))
			: data(
					api.POST("/api/tenants/{tenant}/users/{id}/disable", {
						params: { path: { tenant, id } },
					}),
				),
	);
}

export function useEnable(tenant?: string) {
	return useWrite((id: string) =>
		tenant === undefined
			? data(api.POST("/api/users/{id}/enable", { params: { path: { id } } }))
			: data(
					api.POST("/api/tenants/{tenant}/users/{id}/enable", { params: { path: { tenant, id } } }),
				),
	);
}

/** Of the operator alone: an organisation's people reset their passwords by mail. */
export function useCreateLink(tenant: string) {
	return useWrite((id: string) =>
		data(api.POST("/api/tenants/{tenant}/users/{id}/link", { params: { path: { tenant, id } } })),
	);
}

export function useInvite(tenant?: string) {
	return useWrite((body: { email: string; role: Role }) =>
		tenant === undefined
			? data(api.POST("/api/invitations", { body }))
			: data(api.POST("/api/tenants/{tenant}/invitations", { params: { path: { tenant } }, body })),
	);
}

export function useResend(tenant?: string) {
	return useWrite((id: string) =>
		tenant === undefined
			? data(api.POST("/api/invitations/{id}/resend", { params: { path: { id } } }))
			: data(
					api.POST("/api/tenants/{tenant}/invitations/{id}/resend", {
						params: { path: { tenant, id } },
					}),
				),
	);
}

export function useRevokeInvitation(tenant?: string) {
	return useWrite(async (id: string) => {
		if (tenant === undefined)
			await api.DELETE("/api/invitations/{id}", { params: { path: { id } } });
		else
			await api.DELETE("/api/tenants/{tenant}/invitations/{id}", {
				params: { path: { tenant, id } },
			});
	});
}
