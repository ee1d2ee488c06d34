// SPDX-License-Identifier: Apache-2.0
// What the overview asks. Each question is asked by those who may ask it, and fails by itself.

import { useQuery } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema.gen";
import { serverNowS } from "@/api/server-clock";

type Schemas = components["schemas"];
export type Store = Schemas["VectorStore"];
export type Key = Schemas["Key"];
export type Budget = Schemas["Budget"];
export type Invoice = Schemas["BillingInvoice"];
export type Profile = Schemas["BillingProfile"];

/** The most that the API gives at once: of more, the newest are looked at, and the page says so. */
const MOST = 100;
const CHATS = 6;
const DAY_S = 86_400;
export const DAYS = 30;

export const useStores = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "stores"],
		queryFn: () => data(api.GET("/v1/vector_stores", { params: { query: { limit: MOST } } })),
		enabled,
	});

export const useKeys = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "keys"],
		queryFn: () => data(api.GET("/api/keys", { params: { query: { limit: MOST } } })),
		enabled,
	});

export const useBudgets = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "budgets"],
		queryFn: () => data(api.GET("/api/budgets", { params: { query: { limit: MOST } } })),
		enabled,
	});

/** The organisation's own, whether it has a limit or not. */
export const useOwnBudget = (tenant: string, enabled: boolean) =>
	useQuery({
		queryKey: ["home", "budget", tenant],
		queryFn: () =>
			data(
				api.GET("/api/budgets/{kind}/{id}", {
					params: { path: { kind: "tenant", id: tenant } },
				}),
			),
		enabled,
	});

export const useOpenInvoices = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "invoices"],
		queryFn: () =>
			data(api.GET("/api/billing/invoices", { params: { query: { status: "open", limit: 20 } } })),
		enabled,
	});

export const useBillingProfile = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "profile"],
		queryFn: () => data(api.GET("/api/billing/profile")),
		enabled,
	});

export const useBillingAccount = (enabled: boolean) =>
	useQuery({
		queryKey: ["billing", "account"],
		queryFn: () => data(api.GET("/api/billing")),
		enabled,
	});

export const useChats = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "chats"],
		queryFn: () => data(api.GET("/api/chats", { params: { query: { limit: CHATS } } })),
		enabled,
	});

export interface Day {
	start: number;
	cost: string;
}

/** A bucket per day (UTC). The amount of one without costs is 0. */
export function daysOf(buckets: Schemas["UsageBuckets"]): Day[] {
	return buckets.data.map((bucket) => {
		const result = bucket.results[0] as { amount?: { value?: unknown } } | undefined;
		return { start: bucket.start_time, cost: decimal(result?.amount?.value) };
	});
}

const decimal = (value: unknown) =>
	typeof value === "number" ? value.toFixed(9) : typeof value === "string" ? value : "0";

export const useCosts = (enabled: boolean) =>
	useQuery({
		queryKey: ["home", "costs"],
		queryFn: async () => {
			const today = Math.floor(serverNowS() / DAY_S) * DAY_S;
			return daysOf(
				await data(
					api.GET("/v1/organization/costs", {
						params: { query: { start_time: today - (DAYS - 1) * DAY_S, limit: DAYS } },
					}),
				),
			);
		},
		enabled,
	});
