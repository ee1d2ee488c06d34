// SPDX-License-Identifier: Apache-2.0
// What the account page asks and does.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

export type Profile = components["schemas"]["Profile"];
export type ActiveSession = components["schemas"]["Session"];

export function useProfile() {
	return useQuery({ queryKey: ["profile"], queryFn: () => data(api.GET("/api/auth/profile")) });
}

/** The session repeats the profile: both are asked again. */
export function useChangeProfile() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (body: components["schemas"]["ProfileChange"]) =>
			data(api.PATCH("/api/auth/profile", { body })),
		onSuccess: () =>
			Promise.all([
				client.invalidateQueries({ queryKey: ["profile"] }),
				client.invalidateQueries({ queryKey: ["session"] }),
			]),
	});
}

export function useChangePassword() {
	return useMutation({
		mutationFn: (body: { current: string; new: string }) =>
			data(api.POST("/api/auth/password", { body })),
	});
}

export function useActiveSessions() {
	return usePages(["sessions"], (after) =>
		data(api.GET("/api/sessions", { params: { query: { limit: 50, after } } })),
	);
}

export function useEndSession() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) =>
			data(api.DELETE("/api/sessions/{id}", { params: { path: { id } } })),
		onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
	});
}

export function useBeginTotp() {
	return useMutation({ mutationFn: () => data(api.POST("/api/auth/totp")) });
}

export function useConfirmTotp() {
	return useMutation({
		mutationFn: (code: string) => data(api.POST("/api/auth/totp/confirm", { body: { code } })),
	});
}

export function useNewRecoveryCodes() {
	return useMutation({ mutationFn: () => data(api.POST("/api/auth/totp/recovery-codes")) });
}

export function useRemoveTotp() {
	return useMutation({ mutationFn: () => data(api.DELETE("/api/auth/totp")) });
}
