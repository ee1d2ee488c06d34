// SPDX-License-Identifier: Apache-2.0
// What the operator's pages ask and do about tenants.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";
import { useElevation } from "@/session/elevation";

type Schemas = components["schemas"];
export type Tenant = Schemas["Tenant"];
export type TenantFigures = Schemas["PlatformTenant"];
export type Invoice = Schemas["BillingInvoice"];
export type Credit = Schemas["BillingCredit"];
export type Deletion = Schemas["TenantDeletion"];

const PAGE = 25;
const ROOT = "tenants";
const at = (tenant: string) => ({ params: { path: { tenant } } });

export const TENANT_SORTS = [
	"name",
	"created_at",
	"members",
	"month_spent",
	"requests_today",
] as const;

export interface TenantOrder {
	text: string;
	sort: (typeof TENANT_SORTS)[number];
	descending: boolean;
}

export function tenantsQuery({ text, sort, descending }: TenantOrder) {
	const order: "asc" | "desc" = descending ? "desc" : "asc";
	return { sort, order, limit: PAGE, ...(text === "" ? {} : { text }) };
}

/** A page with all its figures is one answer. */
export function useTenants(order: TenantOrder) {
	return usePages([ROOT, "list", order], (after) =>
		data(
			api.GET("/api/platform/tenants", {
				params: { query: { ...tenantsQuery(order), after } },
			}),
		),
	);
}

export function useTenant(id: string) {
	return useQuery({
		queryKey: [ROOT, id, "tenant"],
		queryFn: () => data(api.GET("/api/tenants/{tenant}", at(id))),
	});
}

/** The one that runs, else the latest that did. Null: there was none, and so there is no plan. */
export function useSubscription(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "subscription"],
		queryFn: async () => {
			const { data: all } = await data(api.GET("/api/tenants/{tenant}/subscriptions", at(tenant)));
			return all.find((each) => each.state !== "canceled") ?? all[0] ?? null;
		},
		staleTime: 60_000,
	});
}

/** Limits of money of the whole tenant, and what was spent of them. */
export function useBudget(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "budget"],
		queryFn: () =>
			data(
				api.GET("/api/tenants/{tenant}/budgets/{kind}/{id}", {
					params: { path: { tenant, kind: "tenant", id: tenant } },
				}),
			),
		staleTime: 60_000,
	});
}

export function useLimits(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "limits"],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/limits", at(tenant))),
	});
}

/** Limits of tokens, which the model service keeps. */
export function useTokens(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "tokens"],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/budget", at(tenant))),
	});
}

export function useStorage(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "storage"],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/storage", at(tenant))),
	});
}

export function useAccount(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "account"],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/billing", at(tenant))),
	});
}

/** The last thirty days, in days of UTC. */
export function useCosts(tenant: string, fromS: number) {
	return useQuery({
		queryKey: [ROOT, tenant, "costs", { fromS }],
		queryFn: () =>
			data(
				api.GET("/api/tenants/{tenant}/costs", {
					params: { path: { tenant }, query: { start_time: fromS, limit: 31 } },
				}),
			),
		staleTime: 60_000,
	});
}

export function useInvoices(tenant: string) {
	return usePages([ROOT, tenant, "invoices"], (after) =>
		data(
			api.GET("/api/tenants/{tenant}/invoices", {
				params: { path: { tenant }, query: { limit: PAGE, after } },
			}),
		),
	);
}

export function useInvoice(tenant: string, invoice: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "invoices", invoice],
		queryFn: () =>
			data(
				api.GET("/api/tenants/{tenant}/invoices/{invoice}", {
					params: { path: { tenant, invoice } },
				}),
			),
		enabled: invoice !== "",
	});
}

export function useCredits(tenant: string) {
	return useQuery({
		queryKey: [ROOT, tenant, "credits"],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/credits", at(tenant))),
	});
}

export function usePlans() {
	return useQuery({ queryKey: ["plans"], queryFn: () => data(api.GET("/api/plans")) });
}

export function useDeletions() {
	return usePages([ROOT, "receipts"], (after) =>
		data(api.GET("/api/receipts", { params: { query: { limit: PAGE, after } } })),
	);
}

/** After a write all that is known of tenants is asked again; where a fresh proof is wanted, the dialog asks for it. */
function useTenantWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	const elevated = useElevation();
	return useMutation({
		mutationFn: (input: Input) => elevated(() => write(input)),
		// Not waited for: what asked may be gone when the new answer is there, and with it what it does next.
		onSuccess: () => void client.invalidateQueries({ queryKey: [ROOT] }),
	});
}

export function useCreateTenant() {
	return useTenantWrite((name: string) => data(api.POST("/api/tenants", { body: { name } })));
}

export function useSuspend() {
	return useTenantWrite((tenant: string) =>
		data(api.POST("/api/tenants/{tenant}/suspend", at(tenant))),
	);
}

export function useResume() {
	return useTenantWrite((tenant: string) =>
		data(api.POST("/api/tenants/{tenant}/resume", at(tenant))),
	);
}

export function useDeleteTenant() {
	return useTenantWrite(({ id, name }: { id: string; name: string }) =>
		data(
			api.DELETE("/api/tenants/{tenant}", {
				params: { path: { tenant: id }, query: { confirm: name } },
			}),
		),
	);
}

export function useImpersonate() {
	const elevated = useElevation();
	return useMutation({
		mutationFn: ({ tenant, ...body }: Schemas["Impersonate"] & { tenant: string }) =>
			elevated(() => data(api.POST("/api/tenants/{tenant}/impersonate", { ...at(tenant), body }))),
	});
}

export interface LimitChange {
	limits: Schemas["Limits"];
	tokens: Schemas["TenantBudgetChange"];
	budget: Schemas["BudgetChange"];
}

/** Three services keep a tenant's limits; each is told only of what changed. */
export function useSetLimits(tenant: string) {
	return useTenantWrite(async ({ limits, tokens, budget }: LimitChange) => {
		if (Object.keys(limits).length > 0)
			await data(api.PUT("/api/tenants/{tenant}/limits", { ...at(tenant), body: limits }));
		if (Object.keys(tokens).length > 0)
			await data(api.PUT("/api/tenants/{tenant}/budget", { ...at(tenant), body: tokens }));
		if (Object.keys(budget).length > 0)
			await data(
				api.PUT("/api/tenants/{tenant}/budgets/{kind}/{id}", {
					params: { path: { tenant, kind: "tenant", id: tenant } },
					body: budget,
				}),
			);
	});
}

export function useSetStorage(tenant: string) {
	return useTenantWrite((body: Schemas["TenantStorageChange"]) =>
		data(api.PUT("/api/tenants/{tenant}/storage", { ...at(tenant), body })),
	);
}

export function useStartPlan(tenant: string) {
	return useTenantWrite((body: Schemas["SubscriptionStart"]) =>
		data(api.POST("/api/tenants/{tenant}/subscription", { ...at(tenant), body })),
	);
}

export function useChangePlan(tenant: string) {
	return useTenantWrite((body: Schemas["SubscriptionChange"]) =>
		data(api.POST("/api/tenants/{tenant}/subscription/change", { ...at(tenant), body })),
	);
}

export type SubscriptionAct = "pause" | "resume" | "cancelNow" | "cancelLater";

export function useSubscriptionAct(tenant: string) {
	return useTenantWrite((act: SubscriptionAct) => {
		if (act === "pause")
			return data(api.POST("/api/tenants/{tenant}/subscription/pause", at(tenant)));
		if (act === "resume")
			return data(api.POST("/api/tenants/{tenant}/subscription/resume", at(tenant)));
		const when = act === "cancelNow" ? ("now" as const) : ("period_end" as const);
		return data(
			api.POST("/api/tenants/{tenant}/subscription/cancel", { ...at(tenant), body: { when } }),
		);
	});
}

export function useGiveCredit(tenant: string) {
	return useTenantWrite((body: Schemas["BillingCreditGrant"]) =>
		data(api.POST("/api/tenants/{tenant}/credits", { ...at(tenant), body })),
	);
}

export function useVoidCredit(tenant: string) {
	return useTenantWrite((credit: string) =>
		data(
			api.POST("/api/tenants/{tenant}/credits/{credit}/void", {
				params: { path: { tenant, credit } },
			}),
		),
	);
}

export function useCreateInvoice(tenant: string) {
	return useTenantWrite((body: Schemas["BillingInvoiceCreate"]) =>
		data(api.POST("/api/tenants/{tenant}/invoices", { ...at(tenant), body })),
	);
}

export type InvoiceAct =
	| { act: "finalize" | "void" | "writeOff" | "remove"; invoice: string }
	| { act: "pay"; invoice: string; reference: string }
	| { act: "credit"; invoice: string; reason: string; amount?: string };

export function useInvoiceAct(tenant: string) {
	return useTenantWrite(async (input: InvoiceAct) => {
		const params = { path: { tenant, invoice: input.invoice } };
		const base = "/api/tenants/{tenant}/invoices/{invoice}" as const;
		switch (input.act) {
			case "finalize":
				await data(api.POST(`${base}/finalize`, { params }));
				return;
			case "void":
				await data(api.POST(`${base}/void`, { params }));
				return;
			case "writeOff":
				await data(api.POST(`${base}/write-off`, { params }));
				return;
			case "remove":
				await data(api.DELETE(base, { params }));
				return;
			case "pay":
				await data(api.POST(`${base}/pay`, { params, body: { reference: input.reference } }));
				return;
			case "credit":
				await data(
					api.POST(`${base}/credit-note`, {
						params,
						body: { reason: input.reason, amount: input.amount },
					}),
				);
		}
	});
}
