// SPDX-License-Identifier: Apache-2.0
// What the pages on plans and prices ask and do.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema.gen";
import { useElevation } from "@/session/elevation";

type Schemas = components["schemas"];
export type Plan = Schemas["Plan"];
export type PlanCreate = Schemas["PlanCreate"];
export type Price = Schemas["Price"];
export type PriceImport = Schemas["PriceImport"];
export type PriceImported = Schemas["PriceImported"];

export function usePlans() {
	return useQuery({ queryKey: ["plans"], queryFn: () => data(api.GET("/api/plans")) });
}

export function usePrices(tenant: string) {
	return useQuery({
		queryKey: ["plans", "prices", tenant],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/prices", { params: { path: { tenant } } })),
	});
}

function usePlanWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	const elevated = useElevation();
	return useMutation({
		mutationFn: (input: Input) => elevated(() => write(input)),
		// Not waited for: what asked may be gone when the new answer is there, and with it what it does next.
		onSuccess: () => void client.invalidateQueries({ queryKey: ["plans"] }),
	});
}

export function useCreatePlan() {
	return usePlanWrite((body: PlanCreate) => data(api.POST("/api/plans", { body })));
}

export function useRevisePlan(plan: string) {
	return usePlanWrite((body: PlanCreate) =>
		data(api.POST("/api/plans/{plan}/revise", { params: { path: { plan } }, body })),
	);
}

export function useArchivePlan() {
	return usePlanWrite((plan: string) =>
		data(api.DELETE("/api/plans/{plan}", { params: { path: { plan } } })),
	);
}

export function useImportPrices(tenant: string) {
	return usePlanWrite((body: PriceImport) =>
		data(api.POST("/api/tenants/{tenant}/prices/import", { params: { path: { tenant } }, body })),
	);
}
