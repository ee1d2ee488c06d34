// SPDX-License-Identifier: Apache-2.0
// What the chat page asks and does.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, data } from "@/api/client";
import { toApiError } from "@/api/errors";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";
import { useSession } from "@/session/session";
import { isFinal, type Response } from "./answer";
import type { Settings } from "./settings";
import { merge, type Turn } from "./tree";

/** An object that is the client's own; the description says no more of it. */
export type Free = components["schemas"]["Chat"]["settings"];

export type Chat = components["schemas"]["Chat"];

const CHATS = 30;
const TURNS = 50;

export function useChats(search: string) {
	return usePages(["chat", "list", search], (after) =>
		data(
			api.GET("/api/chats", {
				params: { query: { limit: CHATS, after, search: search || undefined } },
			}),
		),
	);
}

export function useChat(id: string) {
	return useQuery({
		queryKey: ["chat", "one", id],
		queryFn: () => data(api.GET("/api/chats/{chat}", { params: { path: { chat: id } } })),
		enabled: id !== "",
	});
}

export interface Turns {
	/** The oldest first. */
	turns: Turn[];
	/** False while older ones are on their way. */
	whole: boolean;
}

const turnsKey = (id: string) => ["chat", "turns", id];

/** All turns, the newest page shown first. When asked again, it stops at what is known. */
export function useTurns(id: string) {
	const client = useQueryClient();
	return useQuery<Turns>({
		queryKey: turnsKey(id),
		enabled: id !== "",
		queryFn: async ({ signal }) => {
			const before = client.getQueryData<Turns>(turnsKey(id));
			const ended = new Set(
				before?.whole
					? before.turns
							.filter((turn) => isFinal(turn.response.status))
							.map((turn) => turn.response.id)
					: [],
			);
			let turns = before?.whole ? before.turns : [];
			for (let after: string | undefined; ; ) {
				const page = await data(
					api.GET("/api/chats/{chat}/turns", {
						params: { path: { chat: id }, query: { limit: TURNS, after } },
						signal,
					}),
				);
				// Together with what was asked here meanwhile.
				turns = merge(
					client.getQueryData<Turns>(turnsKey(id))?.turns ?? [],
					merge(turns, page.data),
				);
				if (!page.has_more || page.data.every((turn) => ended.has(turn.response.id)))
					return { turns, whole: true };
				after = page.last_id;
				client.setQueryData<Turns>(turnsKey(id), { turns, whole: before?.whole ?? false });
			}
		},
	});
}

/** Changes what is known of a chat's turns, here and, by asking again, in other tabs. */
export function useTurnUpdates() {
	const client = useQueryClient();
	return {
		add: (chat: string, turn: Turn) => {
			client.setQueryData<Turns>(turnsKey(chat), (kept) => ({
				turns: merge(kept?.turns ?? [], [turn]),
				whole: kept?.whole ?? true,
			}));
			void client.invalidateQueries({ queryKey: ["chat", "list"] });
			void client.invalidateQueries({ queryKey: ["chat", "one", chat] });
			tellOthers(chat);
		},
		end: (response: Response) => {
			for (const [queryKey, kept] of client.getQueriesData<Turns>({
				queryKey: ["chat", "turns"],
			})) {
				if (!kept?.turns.some((turn) => turn.response.id === response.id)) continue;
				const turns = kept.turns.map((turn) =>
					turn.response.id === response.id ? { ...turn, response } : turn,
				);
				client.setQueryData<Turns>(queryKey, { ...kept, turns });
				// Under which request it stands in the usage is told by the list alone.
				void client.invalidateQueries({ queryKey });
			}
		},
	};
}

const CHANNEL = "bulkhead.chat";

// One for sending and hearing: a channel does not hear itself.
let channel: BroadcastChannel | undefined;

function tellOthers(chat: string) {
	channel?.postMessage(chat);
}

/** What is asked in another tab shows here as well. */
export function useOtherTabs() {
	const client = useQueryClient();
	useEffect(() => {
		const own = new BroadcastChannel(CHANNEL);
		channel = own;
		own.onmessage = ({ data: chat }) => {
			void client.invalidateQueries({ queryKey: ["chat", "list"] });
			void client.invalidateQueries({ queryKey: turnsKey(String(chat)) });
			void client.invalidateQueries({ queryKey: ["chat", "one", String(chat)] });
		};
		return () => {
			own.close();
			channel = undefined;
		};
	}, [client]);
}

export function createChat(settings: Settings): Promise<Chat> {
	return data(api.POST("/api/chats", { body: { settings: settings as unknown as Free } }));
}

interface Change {
	id: string;
	title?: string;
	settings?: Settings;
}

export function useChangeChat() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: ({ id, title, settings }: Change) =>
			data(
				api.POST("/api/chats/{chat}", {
					params: { path: { chat: id } },
					body: { title, settings: settings as unknown as Free | undefined },
				}),
			),
		onSuccess: (chat) => {
			client.setQueryData(["chat", "one", chat.id], chat);
			void client.invalidateQueries({ queryKey: ["chat", "list"] });
			tellOthers(chat.id);
		},
	});
}

export function useDeleteChat() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) =>
			data(api.DELETE("/api/chats/{chat}", { params: { path: { chat: id } } })),
		onSuccess: (_, id) => {
			// Not those that are shown: the page leaves the chat in a moment, and must not ask for it once more.
			client.removeQueries({ queryKey: turnsKey(id), type: "inactive" });
			client.removeQueries({ queryKey: ["chat", "one", id], type: "inactive" });
			void client.invalidateQueries({ queryKey: ["chat", "list"] });
			tellOthers(id);
		},
	});
}

export function stopRun(id: string) {
	return data(api.POST("/v1/responses/{response}/cancel", { params: { path: { response: id } } }));
}

export function useStores() {
	const { can } = useSession();
	return useQuery({
		queryKey: ["vector_stores", "all"],
		queryFn: () => data(api.GET("/v1/vector_stores", { params: { query: { limit: 100 } } })),
		enabled: can("vector_stores:read"),
	});
}

/** The text of a document, from whichever of the stores has it. */
export function useDocumentText(stores: readonly string[], file: string) {
	return useQuery({
		queryKey: ["chat", "document", file, stores],
		staleTime: 300_000,
		queryFn: async ({ signal }) => {
			let missing: unknown;
			for (const store of stores) {
				try {
					const page = await data(
						api.GET("/v1/vector_stores/{store}/files/{file}/content", {
							params: { path: { store, file } },
							signal,
						}),
					);
					return page.data.map((part) => part.text).join("");
				} catch (error) {
					if (toApiError(error).status !== 404) throw error;
					missing = error;
				}
			}
			throw missing ?? new Error("no store");
		},
	});
}

/** What a turn's request cost, act by act. */
export function useTurnUsage(request: string) {
	const { can } = useSession();
	return useQuery({
		queryKey: ["usage", "request", request],
		queryFn: async () => {
			const page = await data(
				api.GET("/api/usage", {
					params: { query: { request_id: request, limit: 100, order: "asc" } },
				}),
			);
			return typeof page === "string" ? [] : page.data;
		},
		enabled: request !== "" && can("usage:read"),
	});
}

export function useCurrency() {
	const { can } = useSession();
	const query = useQuery({
		queryKey: ["billing", "account"],
		queryFn: () => data(api.GET("/api/billing")),
		staleTime: 300_000,
		enabled: can("billing:read"),
	});
	return query.data?.currency;
}
