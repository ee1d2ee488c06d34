// SPDX-License-Identifier: Apache-2.0
// A question on its way: until the Response exists it lives here, with what went wrong if something did.
"use client";
import { useEffect, useRef, useState } from "react";
import { type ApiError, toApiError } from "@/api/errors";
import { usePlace } from "./place";
import { createChat, useTurnUpdates } from "./queries";
import type { Runs } from "./runs";
import { requestOf, type Settings } from "./settings";

export interface Pending {
	text: string;
	/** Files that are shown with it. */
	pictures: readonly string[];
	previous: string | null;
	/** The chat in which it is asked; "" until one is made for it. */
	chat: string;
	/** Idempotency-Key: sent again, it is the same question. */
	key: string;
	settings: Settings;
	error: ApiError | null;
}

interface AskingOptions {
	runs: Runs;
	settings: Settings;
	chat: string;
	/** A chat was made for what is asked. */
	onMade: (chat: string) => void;
}

export function useAsking({ runs, settings, chat, onMade }: AskingOptions) {
	const [, go] = usePlace();
	const updates = useTurnUpdates();
	const [pending, setPending] = useState<Pending | null>(null);
	const shown = useRef(chat);
	// Another chat was opened meanwhile: what goes on, goes on there.
	useEffect(() => {
		shown.current = chat;
		setPending((kept) => (kept && kept.chat !== chat && kept.chat !== "" ? null : kept));
	}, [chat]);

	const send = async (asked: Pending) => {
		let question = asked;
		setPending({ ...question, error: null });
		try {
			if (question.chat === "") {
				const made = await createChat(question.settings);
				question = { ...question, chat: made.id };
				setPending({ ...question, error: null });
				onMade(made.id);
				go({ id: made.id, at: "", source: "" }, { push: true });
			}
			const body = requestOf(question);
			const response = await runs.start(body, question.key);
			updates.add(question.chat, {
				object: "chat.turn",
				input: body.input as never,
				response,
				request_id: "",
			});
			if (shown.current === question.chat || shown.current === "")
				go({ id: question.chat, at: "", source: "" });
			setPending((kept) => (kept?.key === question.key ? null : kept));
		} catch (error) {
			setPending((kept) =>
				kept?.key === question.key ? { ...question, error: toApiError(error) } : kept,
			);
		}
	};
	return {
		pending,
		ask: (text: string, previous: string | null, pictures: readonly string[]) =>
			void send({ text, pictures, previous, chat, key: newKey(), settings, error: null }),
		// What the API refused may be asked anew; what was lost is the same question.
		retry: () =>
			pending &&
			void send(pending.error?.code === "network" ? pending : { ...pending, key: newKey() }),
		drop: () => setPending(null),
	};
}

/** crypto.randomUUID exists with https only. */
function newKey(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
		byte.toString(16).padStart(2, "0"),
	).join("");
}
