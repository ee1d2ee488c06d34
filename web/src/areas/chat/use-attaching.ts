// SPDX-License-Identifier: Apache-2.0
// Files that are dropped in a chat: first chosen, then sent to a store, which the chat searches from then on.
"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, data } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import type { Dropped } from "@/areas/documents/dropped";
import { uploads, useChatUploads } from "@/areas/documents/uploads";
import { type Settings, withStore } from "./settings";

/** The store of the chat itself, which is made when there is none. */
export const OWN = "";

interface AttachingOptions {
	chat: string;
	settings: Settings;
	setSettings: (next: Settings) => void;
}

export function useAttaching({ chat, settings, setSettings }: AttachingOptions) {
	const client = useQueryClient();
	const [chosen, setChosen] = useState<Dropped[]>([]);
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | "tooMany" | null>(null);
	const items = useChatUploads(chat);
	const latest = useRef({ chat, settings, setSettings });
	latest.current = { chat, settings, setSettings };
	// What was chosen for one chat is not another's.
	// biome-ignore lint/correctness/useExhaustiveDependencies: the chat is what it depends on
	useEffect(() => {
		setChosen([]);
		setError(null);
		// What the chat asks with is forgotten then, too.
		return () => uploads.leaveNewChat();
	}, [chat]);

	const makeOwn = async (name: string) => {
		const { own_store } = latest.current.settings;
		if (own_store !== undefined && (await isThere(own_store))) return own_store;
		const made = await data(api.POST("/v1/vector_stores", { body: { name } }));
		void client.invalidateQueries({ queryKey: ["vector_stores"] });
		return made.id;
	};

	const send = async (store: string, name: string) => {
		const begun = chat;
		setBusy(true);
		setError(null);
		try {
			const room = withStore(latest.current.settings, store === OWN ? "own" : store);
			const known = store === OWN ? latest.current.settings.own_store : undefined;
			if (room === null && !latest.current.settings.stores.includes(known ?? "")) {
				setError("tooMany");
				return;
			}
			const target = store === OWN ? await makeOwn(name) : store;
			// Another chat was opened meanwhile: nothing of it is sent there.
			if (latest.current.chat !== begun) return;
			const next = withStore(latest.current.settings, target) ?? latest.current.settings;
			latest.current.setSettings(store === OWN ? { ...next, own_store: target } : next);
			uploads.add(target, chosen, begun);
			setChosen([]);
		} catch (failure) {
			setError(toApiError(failure));
		} finally {
			setBusy(false);
		}
	};
	return {
		chosen,
		items,
		busy,
		error,
		choose: (files: Dropped[]) => setChosen((kept) => [...kept, ...files]),
		unchoose: (at: number) => setChosen((kept) => kept.filter((_, index) => index !== at)),
		clear: () => {
			setChosen([]);
			setError(null);
		},
		send: (store: string, name: string) => void send(store, name),
	};
}

/** A store can have been deleted since. */
async function isThere(store: string): Promise<boolean> {
	try {
		await data(api.GET("/v1/vector_stores/{store}", { params: { path: { store } } }));
		return true;
	} catch (error) {
		if (toApiError(error).status === 404) return false;
		throw error;
	}
}
