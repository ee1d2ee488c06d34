// SPDX-License-Identifier: Apache-2.0
// What the model pages ask.
import { useQuery } from "@tanstack/react-query";
import { api, data } from "@/api/client";

/** Prices are in it; only who may see the account is told which it is. */
export function useCurrency(allowed: boolean): string | null {
	const query = useQuery({
		queryKey: ["billing", "account"],
		queryFn: () => data(api.GET("/api/billing")),
		enabled: allowed,
		staleTime: Number.POSITIVE_INFINITY,
	});
	return query.data?.currency ?? null;
}
