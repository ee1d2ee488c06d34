// SPDX-License-Identifier: Apache-2.0
// What the page of usage asks and does: sums, acts, budgets, notices.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { allPages } from "@/api/all-pages";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";
import type { Range, Width } from "./range";
import { API_GROUPS, type Bucket, type GroupBy } from "./sums";

export type UsageEvent = components["schemas"]["UsageEvent"];
export type Budget = components["schemas"]["Budget"];
export type BudgetChange = components["schemas"]["BudgetChange"];
export type Notice = components["schemas"]["Notice"];
export type NoticeEndpoint = components["schemas"]["NoticeEndpoint"];

/** What of all acts is looked at. Empty: all. */
export interface Filter {
	model: string;
	key: string;
	member: string;
	team: string;
}

const LIMITS: Record<Width, number> = { "1m": 1440, "1h": 168, "1d": 31 };
const PAGE = 50;

export function sumsQuery(filter: Filter, range: Range, width: Width, by: GroupBy) {
	return {
		start_time: range.from,
		end_time: range.to,
		bucket_width: width,
		limit: LIMITS[width],
		group_by: [API_GROUPS[by]],
		...(filter.model !== "" && { models: [filter.model] }),
		...(filter.key !== "" && { api_key_ids: [filter.key] }),
		...(filter.member !== "" && { user_ids: [filter.member] }),
		...(filter.team !== "" && { project_ids: [filter.team] }),
	};
}

/** All buckets of the range: page after page, until the server has no more. */
export function useSums(own: boolean, filter: Filter, range: Range, width: Width, by: GroupBy) {
	const query = sumsQuery(filter, range, width, by);
	return useQuery({
		queryKey: ["usage", "sums", own, query],
		placeholderData: keepPreviousData,
		queryFn: async () => {
			const buckets: Bucket[] = [];
			let page: string | undefined;
			do {
				const params = { query: { ...query, page } };
				const answer = await data(
					own ? api.GET("/api/usage/own/sums", { params }) : api.GET("/api/usage/sums", { params }),
				);
				buckets.push(...answer.data);
				page = answer.next_page ?? undefined;
			} while (page !== undefined);
			return buckets;
		},
	});
}

/** The filter of the list of acts, as it stands in the address of the CSV as well. */
export function eventsQuery(filter: Filter, range: Range, request: string) {
	return {
		start_time: range.from,
		end_time: range.to,
		...(filter.model !== "" && { model: filter.model }),
		...(filter.key !== "" && { api_key_id: filter.key }),
		...(filter.member !== "" && { user_id: filter.member }),
		...(filter.team !== "" && { project_id: filter.team }),
		...(request !== "" && { request_id: request }),
	};
}

export function csvPath(own: boolean, filter: Filter, range: Range, request: string): string {
	const words = Object.entries(eventsQuery(filter, range, request)).map(
		([name, value]) => [name, String(value)] as [string, string],
	);
	return `/api/usage${own ? "/own" : ""}?${new URLSearchParams([...words, ["format", "csv"]])}`;
}

export function useEvents(own: boolean, filter: Filter, range: Range, request: string) {
	const query = eventsQuery(filter, range, request);
	return usePages<UsageEvent>(["usage", "events", own, query], async (after) => {
		const params = { query: { ...query, limit: PAGE, after } };
		const page = await data(
			own ? api.GET("/api/usage/own", { params }) : api.GET("/api/usage", { params }),
		);
		// The same address answers as CSV where that is asked for; here it is not.
		return page as components["schemas"]["UsageEventPage"];
	});
}

export type BudgetKind = Budget["kind"];

export function useBudgets(kind: BudgetKind | "", all: boolean) {
	return usePages(["budgets", { kind, all }], (after) =>
		data(
			api.GET("/api/budgets", {
				params: { query: { limit: PAGE, after, all, ...(kind !== "" && { kind }) } },
			}),
		),
	);
}

export function useBudget(kind: BudgetKind, id: string) {
	return useQuery({
		queryKey: ["budgets", "one", kind, id],
		enabled: id !== "",
		queryFn: () => data(api.GET("/api/budgets/{kind}/{id}", { params: { path: { kind, id } } })),
	});
}

export function useSetBudget() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: ({ kind, id, change }: { kind: BudgetKind; id: string; change: BudgetChange }) =>
			data(api.PUT("/api/budgets/{kind}/{id}", { params: { path: { kind, id } }, body: change })),
		onSuccess: () => client.invalidateQueries({ queryKey: ["budgets"] }),
	});
}

/** All keys that the session may see, for names beside ids. */
export function useAllKeys(enabled: boolean) {
	return useQuery({
		queryKey: ["keys", "all"],
		enabled,
		staleTime: 60_000,
		queryFn: () =>
			allPages((after) => data(api.GET("/api/keys", { params: { query: { limit: 100, after } } }))),
	});
}

export function useNotices() {
	return usePages(["notices"], (after) =>
		data(api.GET("/api/notices", { params: { query: { limit: PAGE, after } } })),
	);
}

export function useEndpoint() {
	return useQuery({
		queryKey: ["notice-endpoint"],
		queryFn: () => data(api.GET("/api/notice-endpoint")),
	});
}

function useEndpointWrite<Input>(write: (input: Input) => Promise<NoticeEndpoint>) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: write,
		onSuccess: () => client.invalidateQueries({ queryKey: ["notice-endpoint"] }),
	});
}

export function useSetEndpoint() {
	return useEndpointWrite((body: components["schemas"]["NoticeEndpointUpdate"]) =>
		data(api.PUT("/api/notice-endpoint", { body })),
	);
}

export function useRotateEndpoint() {
	return useEndpointWrite((_: undefined) => data(api.POST("/api/notice-endpoint/rotate")));
}
