// SPDX-License-Identifier: Apache-2.0
// What a chat keeps of how it asks; whatever else stands there is another client's and stays.
import type { components } from "@/api/schema.gen";

export type Grounding = "default" | "strict" | "mark" | "off";

export interface Settings {
	model: string;
	stores: string[];
	grounding: Grounding;
	/** The store that was made for files of this chat. */
	own_store?: string;
}

export const PRESET: Settings = { model: "default", stores: [], grounding: "default" };

const GROUNDINGS: readonly string[] = ["default", "strict", "mark", "off"];
export const STORES_MOST = 16;

export function readSettings(kept: unknown): Settings {
	const from = (typeof kept === "object" && kept !== null ? kept : {}) as Record<string, unknown>;
	return {
		model: typeof from.model === "string" && from.model !== "" ? from.model : PRESET.model,
		stores: Array.isArray(from.stores)
			? from.stores.filter((id): id is string => typeof id === "string").slice(0, STORES_MOST)
			: [],
		grounding:
			typeof from.grounding === "string" && GROUNDINGS.includes(from.grounding)
				? (from.grounding as Grounding)
				: PRESET.grounding,
		...(typeof from.own_store === "string" && { own_store: from.own_store }),
	};
}

/** A new chat asks as the last one did, without the files that were that one's own. */
export function settingsAfter(last: unknown): Settings {
	const { own_store, ...settings } = readSettings(last);
	return { ...settings, stores: settings.stores.filter((id) => id !== own_store) };
}

/** Null: as many are searched as may be. */
export function withStore(settings: Settings, store: string): Settings | null {
	if (settings.stores.includes(store)) return settings;
	if (settings.stores.length >= STORES_MOST) return null;
	return { ...settings, stores: [...settings.stores, store] };
}

type ResponseCreate = components["schemas"]["ResponseCreate"];

export interface Asking {
	text: string;
	/** Files that are shown with it. */
	pictures?: readonly string[];
	chat: string;
	previous: string | null;
	settings: Settings;
}

/** The request for a turn: detached from the connection, kept, with what the search found. */
export function requestOf({
	text,
	pictures = [],
	chat,
	previous,
	settings,
}: Asking): ResponseCreate {
	const searches = settings.stores.length > 0;
	return {
		model: settings.model,
		input: [
			{
				type: "message",
				role: "user",
				content: [
					{ type: "input_text", text },
					...pictures.map((file_id) => ({ type: "input_image", file_id, detail: "auto" })),
				],
			},
		] as never,
		previous_response_id: previous,
		background: true,
		stream: true,
		store: true,
		truncation: "auto",
		...(searches && {
			tools: [{ type: "file_search" as const, vector_store_ids: settings.stores }],
			include: ["file_search_call.results"],
		}),
		bulkhead: {
			chat,
			...(searches && settings.grounding !== "default" && { grounding: settings.grounding }),
		},
	};
}
