// SPDX-License-Identifier: Apache-2.0
// An answer as far as it has come: from a whole Response, or event by event. No React here.

import type { components } from "@/api/schema.gen";
import type { StreamEvent } from "@/api/stream";

export type Response = components["schemas"]["Response"];

/** Where a citation's passage lies; all positions count code points of the document's text. */
export interface Place {
	chunk_id?: string;
	start: number;
	end: number;
	page_start?: number | null;
	page_end?: number | null;
	/** The sentence in it that states what was said. */
	quote_start?: number;
	quote_end?: number;
	score?: number;
}

export interface Citation {
	file_id: string;
	filename: string;
	/** Code points of the message before it. */
	index: number;
	bulkhead: Place;
}

export interface Hit {
	file_id?: string;
	filename?: string;
	score?: number;
	text?: string;
	bulkhead?: Partial<Place> & { heading?: string | null };
}

export type Item =
	| {
			type: "message";
			id: string;
			text: string;
			refusal: boolean;
			citations: Citation[];
			status: string;
	  }
	| { type: "search"; id: string; queries: string[]; hits: Hit[] | null; status: string }
	| { type: "call"; id: string; name: string; arguments: string; status: string };

export interface Answer {
	id: string;
	status: Response["status"];
	items: Item[];
	/** The whole Response as it was told last; without `output` until it ended. */
	response: Response;
}

interface WirePart {
	type?: string;
	text?: string;
	refusal?: string;
	annotations?: Citation[] | null;
}

interface WireItem {
	type?: string;
	id?: string;
	status?: string;
	content?: WirePart[];
	queries?: string[];
	results?: Hit[] | null;
	name?: string;
	arguments?: string;
}

function itemOf(wire: WireItem): Item {
	const base = { id: wire.id ?? "", status: wire.status ?? "completed" };
	if (wire.type === "file_search_call")
		return { ...base, type: "search", queries: wire.queries ?? [], hits: wire.results ?? null };
	if (wire.type === "function_call")
		return { ...base, type: "call", name: wire.name ?? "", arguments: wire.arguments ?? "" };
	const parts = wire.content ?? [];
	return {
		...base,
		type: "message",
		text: parts.map((part) => part.text ?? part.refusal ?? "").join(""),
		refusal: parts.some((part) => part.type === "refusal"),
		citations: parts.flatMap((part) => part.annotations ?? []),
	};
}

export function isFinal(status: string): boolean {
	return status !== "queued" && status !== "in_progress";
}

export function answerOf(response: Response): Answer {
	return {
		id: response.id,
		status: response.status,
		items: (response.output as WireItem[]).map(itemOf),
		response,
	};
}

interface EventData {
	response?: Response;
	output_index?: number;
	item?: WireItem;
	delta?: string;
	text?: string;
	refusal?: string;
	arguments?: string;
	annotation?: Citation;
}

/** Collects events; `answer()` is a copy that does not change any more. */
export class Gathering {
	private items: Item[] = [];
	private response: Response;

	constructor(response: Response) {
		this.response = response;
	}

	answer(): Answer {
		return {
			id: this.response.id,
			status: this.response.status,
			items: this.items.filter(Boolean).map((item) => ({ ...item })),
			response: this.response,
		};
	}

	/** It cannot be read any more: what had come stays. */
	breakOff(response: Response): void {
		this.response = response;
	}

	take(event: StreamEvent): void {
		const data = event.data as EventData;
		if (data.response) {
			this.response = data.response;
			// An ended one is told whole.
			if (isFinal(data.response.status))
				this.items = (data.response.output as WireItem[]).map(itemOf);
			return;
		}
		if (data.output_index === undefined) return;
		if (data.item) {
			const before = this.items[data.output_index];
			const item = itemOf(data.item);
			// A search's results come with the whole Response only, unless they were asked for.
			if (before?.type === "search" && item.type === "search" && item.hits === null)
				item.hits = before.hits;
			this.items[data.output_index] = item;
			return;
		}
		const item = this.items[data.output_index];
		if (item) takeInto(item, event.type, data);
	}
}

function takeInto(item: Item, type: string, data: EventData): void {
	if (item.type === "message") {
		if (type === "response.refusal.delta") item.refusal = true;
		if (type.endsWith(".delta") && data.delta !== undefined) item.text += data.delta;
		if (type === "response.output_text.annotation.added" && data.annotation)
			item.citations = [...item.citations, data.annotation];
	} else if (item.type === "call") {
		if (type.endsWith(".delta") && data.delta !== undefined) item.arguments += data.delta;
	} else if (type === "response.file_search_call.searching") item.status = "searching";
	else if (type === "response.file_search_call.completed") item.status = "completed";
}

export function textOf(answer: Answer): string {
	return answer.items
		.map((item) => (item.type === "message" ? item.text : ""))
		.join("\n\n")
		.trim();
}
