// SPDX-License-Identifier: Apache-2.0
// How the chat asks. A new chat begins like the one that was used last.
"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useQueryState } from "@/api/url-state";
import { type Chat, type Free, useChangeChat, useChats } from "./queries";
import { readSettings, type Settings, settingsAfter } from "./settings";

export function useSettings(chat: Chat | undefined, id: string) {
	const client = useQueryClient();
	const change = useChangeChat();
	const last = useChats("").rows?.[0];
	// A link may say which model a new chat is to ask.
	const [asked] = useQueryState("model");
	const [draft, setDraft] = useState<Settings | null>(null);
	// What was chosen for a chat is kept with it; the next one begins anew.
	useEffect(() => {
		if (id !== "") setDraft(null);
	}, [id]);
	const begun = draft ?? {
		...settingsAfter(last?.settings),
		...(asked !== "" && { model: asked }),
	};
	const settings = id === "" ? begun : readSettings(chat?.settings);
	return {
		settings,
		setSettings: (next: Settings) => {
			if (id === "" || !chat) {
				setDraft(next);
				return;
			}
			const kept = { ...chat.settings, ...next };
			client.setQueryData<Chat>(["chat", "one", id], {
				...chat,
				settings: kept as unknown as Free,
			});
			change.mutate({ id, settings: kept });
		},
	};
}
