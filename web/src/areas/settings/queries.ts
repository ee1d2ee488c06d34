// SPDX-License-Identifier: Apache-2.0
// What the page of settings asks and does.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components } from "@/api/schema.gen";

export type Settings = components["schemas"]["TenantSettings"];
export type SettingsChange = components["schemas"]["TenantSettingsChange"];

export function useSettings() {
	return useQuery({ queryKey: ["settings"], queryFn: () => data(api.GET("/api/tenant")) });
}

/** The session repeats name and factor: it is asked again. */
export function useChangeSettings() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (body: SettingsChange) => data(api.PATCH("/api/tenant", { body })),
		onSuccess: () =>
			Promise.all([
				client.invalidateQueries({ queryKey: ["settings"] }),
				client.invalidateQueries({ queryKey: ["session"] }),
			]),
	});
}

export function useCors() {
	return useQuery({ queryKey: ["cors"], queryFn: () => data(api.GET("/api/cors")) });
}

export function useSetCors() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (origins: string[]) => data(api.PUT("/api/cors", { body: { origins } })),
		onSuccess: () => client.invalidateQueries({ queryKey: ["cors"] }),
	});
}

export function useLimits() {
	return useQuery({ queryKey: ["limits"], queryFn: () => data(api.GET("/api/limits")) });
}
