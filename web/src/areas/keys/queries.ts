// SPDX-License-Identifier: Apache-2.0
// What the key pages ask and do.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";
import { serverNowS } from "@/api/server-clock";
import { useElevation } from "@/session/elevation";

export type Key = components["schemas"]["Key"];
export type KeyCreate = components["schemas"]["KeyCreate"];

const PAGE = 50;

export function useKeys() {
	return usePages(["keys"], (after) =>
		data(api.GET("/api/keys", { params: { query: { limit: PAGE, after } } })),
	);
}

/** Staff is asked for a fresh proof first; after each write, every list of keys is asked again. */
function useKeyWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	const elevated = useElevation();
	return useMutation({
		mutationFn: (input: Input) => elevated(() => write(input)),
		onSuccess: () => client.invalidateQueries({ queryKey: ["keys"] }),
	});
}

export function useCreateKey() {
	return useKeyWrite((body: KeyCreate) => data(api.POST("/api/keys", { body })));
}

export function useRevokeKey() {
	return useKeyWrite((id: string) =>
		data(api.DELETE("/api/keys/{id}", { params: { path: { id } } })),
	);
}

/** A new key like the old one; the old one ends after `graceS` seconds, when both have been replaced in all programs. */
export function useRotateKey() {
	return useKeyWrite(async ({ key, graceS }: { key: Key; graceS: number }) => {
		const created = await data(
			api.POST("/api/keys", {
				body: {
					name: key.name,
					scopes: key.scopes,
					team_id: key.team_id,
					requests_per_minute: key.requests_per_minute,
					concurrency: key.concurrency,
					expires_at: key.expires_at,
				},
			}),
		);
		const ends = Math.floor(serverNowS()) + graceS;
		if (key.expires_at === null || key.expires_at > ends)
			await data(
				api.POST("/api/keys/{id}", {
					params: { path: { id: key.id } },
					body: { expires_at: ends },
				}),
			);
		return created;
	});
}
