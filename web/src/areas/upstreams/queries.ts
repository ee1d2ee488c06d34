// SPDX-License-Identifier: Apache-2.0
// Models and their upstreams, of one tenant or, under the platform's own tenant, for all.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema.gen";
import { useElevation } from "@/session/elevation";

type Schemas = components["schemas"];
export type Model = Schemas["TenantModel"];
export type ModelAdd = Schemas["TenantModelAdd"];

const at = (tenant: string) => ({ params: { path: { tenant } } });

export function useModels(tenant: string) {
	return useQuery({
		queryKey: ["upstreams", tenant],
		queryFn: () => data(api.GET("/api/tenants/{tenant}/models", at(tenant))),
	});
}

function useModelWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	const elevated = useElevation();
	return useMutation({
		mutationFn: (input: Input) => elevated(() => write(input)),
		// Not waited for: what asked may be gone when the new answer is there, and with it what it does next.
		onSuccess: () => void client.invalidateQueries({ queryKey: ["upstreams"] }),
	});
}

export function useAddModel(tenant: string) {
	return useModelWrite((body: ModelAdd) =>
		data(api.POST("/api/tenants/{tenant}/models", { ...at(tenant), body })),
	);
}

export function useRemoveModel(tenant: string) {
	return useModelWrite((model: string) =>
		data(
			api.DELETE("/api/tenants/{tenant}/models/{model}", { params: { path: { tenant, model } } }),
		),
	);
}

export function useSetDefault(tenant: string) {
	return useModelWrite(({ name, kind }: Pick<Model, "name" | "kind">) =>
		data(
			api.PUT("/api/tenants/{tenant}/default-model", {
				...at(tenant),
				body: { model: name, kind },
			}),
		),
	);
}

export function useSetPrice(tenant: string) {
	return useModelWrite((body: Schemas["PriceSet"]) =>
		data(api.PUT("/api/tenants/{tenant}/prices", { ...at(tenant), body })),
	);
}
