// SPDX-License-Identifier: Apache-2.0
// What is being sent: outlives the page that began it, as long as the console is open.
import { useSyncExternalStore } from "react";
import { api, data } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import type { components } from "@/api/schema.gen";
import type { Dropped } from "./dropped";
import { type SendState, STORE_BYTES_MOST, sendFile } from "./upload";

const AT_ONCE = 2;
const TELL_MS = 120;

type StoreFile = components["schemas"]["StoreFile"];

export interface UploadItem {
	id: number;
	store: string;
	/** The chat in which it was dropped; undefined for one that was added to its store itself. */
	chat: string | undefined;
	file: File;
	folder: string;
	sent: number;
	state: SendState;
	/** What it became in its store. */
	attached: StoreFile | null;
	error: ApiError | "empty" | "tooLarge" | null;
	control: AbortController;
}

export interface UploadSum {
	/** Of this store. */
	items: UploadItem[];
	sent: number;
	bytes: number;
	done: number;
	active: number;
	failed: number;
}

type Send = typeof sendFile;
type Attach = (store: string, file: string, folder: string) => Promise<StoreFile>;

const attachFile: Attach = (store, file, folder) =>
	data(
		api.POST("/v1/vector_stores/{store}/files", {
			params: { path: { store } },
			body: { file_id: file, ...(folder === "" ? {} : { attributes: { folder } }) },
		}),
	);

export const isActive = (state: SendState) =>
	state === "waiting" || state === "sending" || state === "stalled" || state === "attaching";

export class UploadQueue {
	private items: UploadItem[] = [];
	private sums = new Map<string, UploadSum>();
	private chats = new Map<string, UploadItem[]>();
	private listeners = new Set<() => void>();
	private running = 0;
	private next = 1;
	private timer: ReturnType<typeof setTimeout> | undefined;
	/** Called when a file has become one of its store's. */
	onAttached: (store: string) => void = () => undefined;

	constructor(
		private readonly send: Send = sendFile,
		private readonly attach: Attach = attachFile,
	) {}

	subscribe = (listener: () => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	sum = (store: string): UploadSum => {
		let sum = this.sums.get(store);
		if (!sum) {
			sum = sumOf(this.items.filter((item) => item.store === store));
			this.sums.set(store, sum);
		}
		return sum;
	};

	/** Those of a chat. */
	inChat = (chat: string): UploadItem[] => {
		let items = this.chats.get(chat);
		if (!items) {
			items = this.items.filter((item) => item.chat === chat);
			this.chats.set(chat, items);
		}
		return items;
	};

	/** What was dropped before there was a chat belongs to the one that was made then. */
	moveToChat(chat: string) {
		for (const item of this.items) if (item.chat === "") item.chat = chat;
		this.tell(true);
	}

	/** A chat that was left before it was begun has no files when it is opened again; they stay in their store. */
	leaveNewChat() {
		for (const item of this.items) if (item.chat === "") item.chat = undefined;
		this.tell(true);
	}

	add(store: string, dropped: Dropped[], chat?: string) {
		for (const { file, folder } of dropped) {
			const refused = file.size === 0 ? "empty" : file.size > STORE_BYTES_MOST ? "tooLarge" : null;
			this.items.push({
				id: this.next++,
				store,
				chat,
				file,
				folder,
				sent: 0,
				state: refused ? "failed" : "waiting",
				attached: null,
				error: refused,
				control: new AbortController(),
			});
		}
		this.tell(true);
		this.pump();
	}

	cancel(id: number) {
		const item = this.items.find((each) => each.id === id);
		if (!item || !isActive(item.state) || item.state === "attaching") return;
		item.control.abort();
		item.state = "cancelled";
		this.tell(true);
	}

	cancelAll(store: string) {
		for (const item of this.items) if (item.store === store) this.cancel(item.id);
	}

	retry(id: number) {
		const item = this.items.find((each) => each.id === id);
		if (item?.state !== "failed" && item?.state !== "cancelled") return;
		Object.assign(item, { state: "waiting", error: null, control: new AbortController() });
		this.tell(true);
		this.pump();
	}

	/** Takes what has ended off the list. */
	clear(store: string) {
		this.items = this.items.filter((item) => item.store !== store || isActive(item.state));
		this.tell(true);
	}

	/** Takes one that has ended off the list. */
	forget(id: number) {
		this.items = this.items.filter((item) => item.id !== id || isActive(item.state));
		this.tell(true);
	}

	isBusy() {
		return this.items.some((item) => isActive(item.state));
	}

	private pump() {
		while (this.running < AT_ONCE) {
			const item = this.items.find((each) => each.state === "waiting");
			if (!item) return;
			this.running++;
			void this.run(item).finally(() => {
				this.running--;
				this.tell(true);
				this.pump();
			});
		}
	}

	private async run(item: UploadItem) {
		const { signal } = item.control;
		const set = (state: SendState) => {
			if (item.control.signal !== signal || signal.aborted) return;
			item.state = state;
			this.tell(true);
		};
		set("sending");
		try {
			const id = await this.send(item.file, {
				signal,
				onProgress: (sent) => {
					item.sent = Math.min(sent, item.file.size);
					this.tell(false);
				},
				onStalled: (stalled) => set(stalled ? "stalled" : "sending"),
			});
			if (signal.aborted) return;
			item.sent = item.file.size;
			set("attaching");
			item.attached = await this.attach(item.store, id, item.folder);
			set("done");
			this.onAttached(item.store);
		} catch (error) {
			if (signal.aborted) return;
			item.error = toApiError(error);
			set("failed");
		}
	}

	/** At once for a change of state; for bytes, a few times a second. */
	private tell(now: boolean) {
		const act = () => {
			clearTimeout(this.timer);
			this.timer = undefined;
			this.sums.clear();
			this.chats.clear();
			for (const listener of this.listeners) listener();
		};
		if (now) act();
		else this.timer ??= setTimeout(act, TELL_MS);
	}
}

function sumOf(items: UploadItem[]): UploadSum {
	const sum: UploadSum = { items, sent: 0, bytes: 0, done: 0, active: 0, failed: 0 };
	for (const item of items) {
		if (item.state === "cancelled") continue;
		if (item.state === "failed") {
			sum.failed++;
			continue;
		}
		sum.sent += item.sent;
		sum.bytes += item.file.size;
		if (isActive(item.state)) sum.active++;
		else sum.done++;
	}
	return sum;
}

export const uploads = new UploadQueue();

const NONE: UploadSum = { items: [], sent: 0, bytes: 0, done: 0, active: 0, failed: 0 };

export function useUploads(store: string): UploadSum {
	return useSyncExternalStore(
		uploads.subscribe,
		() => uploads.sum(store),
		() => NONE,
	);
}

const NO_ITEMS: UploadItem[] = [];

export function useChatUploads(chat: string): UploadItem[] {
	return useSyncExternalStore(
		uploads.subscribe,
		() => uploads.inChat(chat),
		() => NO_ITEMS,
	);
}
