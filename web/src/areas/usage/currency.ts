// SPDX-License-Identifier: Apache-2.0
// The installation's currency: the account says it, or the sums of what the reader used.
"use client";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { serverNowS } from "@/api/server-clock";
import { useSession } from "@/session/session";

const DAY = 86_400;
const DAYS = 31;

/** Null while it is not known: amounts then stand without one. */
export function useCurrency(): string | null {
	const { can } = useSession();
	const allowed = can("billing:read");
	const account = useQuery({
		queryKey: ["billing", "account"],
		enabled: allowed,
		staleTime: 60_000,
		queryFn: () => data(api.GET("/api/billing")),
	});
	const own = useQuery({
		queryKey: ["usage", "currency"],
		enabled: !allowed && can("usage:own"),
		staleTime: 60_000,
		queryFn: async () => {
			const start = Math.floor(serverNowS()) - DAYS * DAY;
			const page = await data(
				api.GET("/api/usage/own/sums", {
					params: { query: { start_time: start, bucket_width: "1d", limit: DAYS } },
				}),
			);
			return page.data.flatMap((bucket) => bucket.results)[0]?.amount.currency ?? null;
		},
	});
	return account.data?.currency ?? own.data ?? null;
}
