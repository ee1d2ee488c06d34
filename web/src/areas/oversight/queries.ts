// SPDX-License-Identifier: Apache-2.0
// What the pages on the whole platform ask and do.
import {
	keepPreviousData,
	useInfiniteQuery,
	useMutation,
	useQuery,
	useQueryClient,
} from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";
import { useElevation } from "@/session/elevation";

type Schemas = components["schemas"];
export type Health = Schemas["PlatformHealth"];
export type Setting = Schemas["PlatformSettingList"]["data"][number];
export type AuditEvent = Schemas["AuditEvent"];
export type Account = Schemas["Account"];
export type Engine = Schemas["PlatformEngine"];
export type PlatformInvoice = Schemas["PlatformInvoice"];
export type PlatformMail = Schemas["PlatformMail"];

export const INVOICE_STATES = ["open", "draft", "paid", "void", "uncollectible"] as const;
export const MAIL_STATES = ["pending", "dead", "local", "sent"] as const;

const LIVE_MS = 5000;

/** Asked again every five seconds while the page is seen. */
export function useHealth() {
	return useQuery({
		queryKey: ["oversight", "health"],
		queryFn: () => data(api.GET("/api/platform/health")),
		refetchInterval: LIVE_MS,
		staleTime: 0,
	});
}

export function useEngines() {
	return useQuery({
		queryKey: ["oversight", "engines"],
		queryFn: () => data(api.GET("/api/platform/engines")),
		refetchInterval: LIVE_MS,
		staleTime: 0,
	});
}

export function useSettings() {
	return useQuery({
		queryKey: ["oversight", "settings"],
		queryFn: () => data(api.GET("/api/platform/settings")),
	});
}

export function useSettlement() {
	return useQuery({
		queryKey: ["oversight", "settlement"],
		queryFn: () => data(api.GET("/api/settlement")),
	});
}

export function useStripe() {
	return useQuery({
		queryKey: ["oversight", "stripe"],
		queryFn: () => data(api.GET("/api/stripe")),
	});
}

/** Tenants in the order of the list; those that want a look are among them. */
export function useFirstTenants() {
	return useQuery({
		queryKey: ["oversight", "tenants"],
		queryFn: () => data(api.GET("/api/tenants", { params: { query: { limit: 100 } } })),
	});
}

export function useInvoices(state: (typeof INVOICE_STATES)[number]) {
	return usePages(["oversight", "invoices", { state }], (after) =>
		data(api.GET("/api/platform/invoices", { params: { query: { state, after } } })),
	);
}

export function useMails(state: (typeof MAIL_STATES)[number]) {
	return usePages(["oversight", "mail", { state }], (after) =>
		data(api.GET("/api/platform/outbox", { params: { query: { state, after } } })),
	);
}

export interface AuditFilter {
	actor?: string;
	action?: string;
	object?: string;
	text?: string;
	from?: number;
	to?: number;
}

const PAGE = 50;

/** A page may be short or empty and have more behind it: the search is answered in pieces. */
export function useAudit(tenant: string | undefined, filter: AuditFilter) {
	return useInfiniteQuery({
		queryKey: ["oversight", "audit", { tenant, filter }],
		queryFn: ({ pageParam }) => {
			const query = { ...filter, limit: PAGE, after: pageParam };
			return tenant === undefined
				? data(api.GET("/api/platform/audit", { params: { query } }))
				: data(api.GET("/api/tenants/{tenant}/audit", { params: { path: { tenant }, query } }));
		},
		initialPageParam: undefined as string | undefined,
		getNextPageParam: (last) => (last.has_more ? (last.next ?? undefined) : undefined),
		placeholderData: keepPreviousData,
	});
}

export function useAccounts(email: string) {
	return useQuery({
		queryKey: ["oversight", "accounts", { email }],
		queryFn: () => data(api.GET("/api/accounts", { params: { query: { email } } })),
		enabled: email !== "",
	});
}

function useWrite<Input, Output>(part: string, write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	const elevated = useElevation();
	return useMutation({
		mutationFn: (input: Input) => elevated(() => write(input)),
		// Not waited for: what asked may be gone when the new answer is there, and with it what it does next.
		onSuccess: () => void client.invalidateQueries({ queryKey: ["oversight", part] }),
	});
}

export type AccountAct = "disable" | "enable" | "removeApp";

export function useAccountAct() {
	return useWrite("accounts", async ({ id, act }: { id: string; act: AccountAct }) => {
		const params = { path: { id } };
		if (act === "disable") await data(api.POST("/api/accounts/{id}/disable", { params }));
		else if (act === "enable") await data(api.POST("/api/accounts/{id}/enable", { params }));
		else await data(api.DELETE("/api/accounts/{id}/totp", { params }));
	});
}

export function useConnectStripe() {
	return useWrite("stripe", (body: Schemas["StripeConnect"]) =>
		data(api.PUT("/api/stripe", { body })),
	);
}

export function useDisconnectStripe() {
	return useWrite("stripe", () => data(api.DELETE("/api/stripe")));
}
