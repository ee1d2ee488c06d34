// SPDX-License-Identifier: Apache-2.0
// Pictures that go along with the next question: each is sent as a file at once, and named by its id when one asks.
"use client";
import { useEffect, useRef, useState } from "react";
import { api, data } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import { type Dropped, sortDropped } from "@/areas/documents/dropped";
import { sendFile } from "@/areas/documents/upload";
import { contentOf } from "./tree";

/** Of a request; the conversation's count as well, which the API says. */
export const PICTURES_MOST = 16;

export interface Picked {
	key: number;
	name: string;
	/** Null: it is in the gallery already. */
	file: File | null;
	/** What is shown of it. */
	source: string;
	/** Null: it is on its way, or did not arrive. */
	id: string | null;
	/** From 0 to 1. */
	share: number;
	error: ApiError | null;
	control: AbortController;
}

export function usePictures(chat: string) {
	const [items, setItems] = useState<Picked[]>([]);
	const next = useRef(0);
	const all = useRef(items);
	all.current = items;
	const shown = useRef(chat);
	// What was picked for one chat is not another's; one that was just made for it keeps it.
	useEffect(() => {
		if (shown.current !== chat && shown.current !== "") setItems([]);
		shown.current = chat;
	}, [chat]);
	useEffect(
		() => () => {
			for (const item of all.current) letGo(item);
		},
		[],
	);

	const change = (key: number, part: Partial<Picked>) =>
		setItems((now) => now.map((item) => (item.key === key ? { ...item, ...part } : item)));
	const send = async ({ key, file, control }: Picked) => {
		if (!file) return;
		change(key, { error: null, share: 0 });
		try {
			const id = await sendFile(file, {
				purpose: "vision",
				signal: control.signal,
				onProgress: (sent) => change(key, { share: Math.min(1, sent / Math.max(1, file.size)) }),
				onStalled: () => undefined,
			});
			change(key, { id, share: 1 });
		} catch (failure) {
			if (!control.signal.aborted) change(key, { error: toApiError(failure) });
		}
	};
	const item = (more: Partial<Picked>): Picked => ({
		key: next.current++,
		name: "",
		file: null,
		source: "",
		id: null,
		share: 0,
		error: null,
		control: new AbortController(),
		...more,
	});
	const room = () => Math.max(0, PICTURES_MOST - all.current.length);
	return {
		items,
		/** None of them is on its way or failed. */
		ready: items.every(({ id }) => id !== null),
		ids: items.flatMap(({ id }) => (id === null ? [] : [id])),
		add: (files: Dropped[]) => {
			const made = sortDropped(files)
				.pictures.slice(0, room())
				.map(({ file }) => item({ name: file.name, file, source: URL.createObjectURL(file) }));
			setItems((now) => [...now, ...made]);
			for (const each of made) void send(each);
		},
		/** Files that are there already: of the gallery, or of a question that was not accepted. */
		addKnown: (ids: readonly string[]) => {
			const fresh = ids
				.filter((id) => !all.current.some((each) => each.id === id))
				.slice(0, room());
			setItems((now) => [
				...now,
				...fresh.map((id) => item({ id, share: 1, source: contentOf(id) })),
			]);
		},
		retry: (picked: Picked) => void send(picked),
		/** What was sent for this question alone, and is not asked with, is no longer needed. */
		remove: (picked: Picked) => {
			setItems((now) => now.filter(({ key }) => key !== picked.key));
			letGo(picked);
			if (picked.file && picked.id !== null)
				// Where it fails, the file stays among the organisation's, where it can be deleted.
				data(api.DELETE("/v1/files/{file}", { params: { path: { file: picked.id } } })).catch(
					() => undefined,
				);
		},
		/** They were asked with. */
		clear: () => {
			for (const each of all.current) letGo(each);
			setItems([]);
		},
	};
}

function letGo({ control, file, source }: Picked) {
	control.abort();
	if (file) URL.revokeObjectURL(source);
}
