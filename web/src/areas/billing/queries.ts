// SPDX-License-Identifier: Apache-2.0
// What the page of billing asks and does.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { toApiError } from "@/api/errors";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

export type Subscription = components["schemas"]["Subscription"];
export type Plan = components["schemas"]["Plan"];
export type Credit = components["schemas"]["BillingCredit"];
export type TopUp = components["schemas"]["BillingTopUp"];
export type TopUpSet = components["schemas"]["BillingTopUpSet"];
export type Invoice = components["schemas"]["BillingInvoice"];
export type InvoiceDetail = components["schemas"]["BillingInvoiceDetail"];
export type Profile = components["schemas"]["BillingProfile"];

const PAGE = 50;

export function useAccount() {
	return useQuery({
		queryKey: ["billing", "account"],
		queryFn: () => data(api.GET("/api/billing")),
	});
}

/** Null: there is none. */
export function useSubscription() {
	return useQuery({
		queryKey: ["billing", "subscription"],
		queryFn: async (): Promise<Subscription | null> => {
			try {
				return await data(api.GET("/api/billing/subscription"));
			} catch (error) {
				if (toApiError(error).status === 404) return null;
				throw error;
			}
		},
	});
}

export function usePlans() {
	return useQuery({
		queryKey: ["billing", "plans"],
		queryFn: () => data(api.GET("/api/billing/plans")),
	});
}

export function useCredits() {
	return usePages<Credit>(["billing", "credits"], (after) =>
		data(api.GET("/api/billing/credits", { params: { query: { limit: PAGE, after } } })),
	);
}

export function useInvoices(status: Invoice["status"] | "") {
	return usePages<Invoice>(["billing", "invoices", { status }], (after) =>
		data(
			api.GET("/api/billing/invoices", {
				params: { query: { limit: PAGE, after, ...(status !== "" && { status }) } },
			}),
		),
	);
}

export function useInvoice(invoice: string) {
	return useQuery({
		queryKey: ["billing", "invoice", invoice],
		enabled: invoice !== "",
		queryFn: () =>
			data(api.GET("/api/billing/invoices/{invoice}", { params: { path: { invoice } } })),
	});
}

export function useTopUp() {
	return useQuery({
		queryKey: ["billing", "top-up"],
		queryFn: () => data(api.GET("/api/billing/top-up")),
	});
}

export function useProfile() {
	return useQuery({
		queryKey: ["billing", "profile"],
		queryFn: () => data(api.GET("/api/billing/profile")),
	});
}

function useWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: write,
		onSuccess: () =>
			Promise.all([
				client.invalidateQueries({ queryKey: ["billing"] }),
				client.invalidateQueries({ queryKey: ["session"] }),
			]),
	});
}

export function useSetTopUp() {
	return useWrite((body: TopUpSet) => data(api.PUT("/api/billing/top-up", { body })));
}

export function useSetProfile() {
	return useWrite((body: Profile) => data(api.PUT("/api/billing/profile", { body })));
}

export type PlanChange = components["schemas"]["SubscriptionOwnChange"];

export function useChangePlan() {
	return useWrite((body: PlanChange) =>
		data(api.POST("/api/billing/subscription/change", { body })),
	);
}

export function useCancel() {
	return useWrite((_: undefined) => data(api.POST("/api/billing/subscription/cancel")));
}

export function useResume() {
	return useWrite((_: undefined) => data(api.POST("/api/billing/subscription/resume")));
}

/** Leads to a page of Stripe, and back to this one. Where no money moves there, that is said first. */
function usePaymentPage<Input>(
	open: (input: Input) => Promise<components["schemas"]["BillingPage"]>,
) {
	return useMutation({
		mutationFn: open,
		onSuccess: (page) => {
			if (page.livemode) location.assign(page.url);
		},
	});
}

const here = () => `${location.origin}/billing/`;

export function useCheckout() {
	return usePaymentPage((plan: string) =>
		data(
			api.POST("/api/billing/checkout", {
				body: { plan, success_url: `${here()}?paid=1`, cancel_url: here() },
			}),
		),
	);
}

export function usePortal() {
	return usePaymentPage((_: undefined) =>
		data(api.POST("/api/billing/portal", { body: { return_url: here() } })),
	);
}
