// SPDX-License-Identifier: Apache-2.0
// A chat is a tree: which turn follows which is told by previous_response_id. What one sees of it is a path.
import type { components } from "@/api/schema.gen";
import { isFinal } from "./answer";

export type Turn = components["schemas"]["ChatTurn"];

export interface Step {
	turn: Turn;
	/** Answers and questions at the same place, in the order in which they were asked; this one among them. */
	siblings: string[];
}

const idOf = (turn: Turn) => turn.response.id;

/**
 * The path through `turns` (oldest first) that goes through `chosen` and on along the newest, or the one that ends
 * with the newest of all. What a parent is missing of is where the known part begins.
 */
export function pathOf(turns: readonly Turn[], chosen: string | null): Step[] {
	const known = new Map(turns.map((turn) => [idOf(turn), turn]));
	const parentOf = (turn: Turn) => {
		const parent = turn.response.previous_response_id;
		return parent !== null && known.has(parent) ? parent : "";
	};
	const children = new Map<string, Turn[]>();
	for (const turn of turns) {
		const parent = parentOf(turn);
		const list = children.get(parent);
		if (list) list.push(turn);
		else children.set(parent, [turn]);
	}
	const step = (turn: Turn): Step => ({
		turn,
		siblings: (children.get(parentOf(turn)) ?? [turn]).map(idOf),
	});

	const picked = chosen === null ? undefined : known.get(chosen);
	const middle = picked ?? turns.at(-1);
	if (!middle) return [];
	const path: Step[] = [];
	for (let at: Turn | undefined = middle; at; at = known.get(parentOf(at))) path.push(step(at));
	path.reverse();
	for (let next = children.get(idOf(middle))?.at(-1); next; next = children.get(idOf(next))?.at(-1))
		path.push(step(next));
	return path;
}

interface Part {
	type?: unknown;
	text?: unknown;
	file_id?: unknown;
	image_url?: unknown;
}

type Message = { role?: unknown; content?: unknown };

function* partsOf(turn: Turn): Generator<Part> {
	for (const item of turn.input as Message[])
		if (item.role === "user" && Array.isArray(item.content)) yield* item.content as Part[];
}

/** The picture itself. */
export const contentOf = (file: string) => `/v1/files/${encodeURIComponent(file)}/content`;

/** What was shown with the question, by its file; null: one that is no file of the organisation. */
export function picturesOf(turn: Turn): (string | null)[] {
	const files: (string | null)[] = [];
	for (const part of partsOf(turn))
		if (part.type === "input_image")
			files.push(typeof part.file_id === "string" ? part.file_id : null);
	return files;
}

/** What was asked, as text. */
export function questionOf(turn: Turn): string {
	const lines: string[] = [];
	for (const item of turn.input as Message[]) {
		if (item.role !== "user") continue;
		if (typeof item.content === "string") lines.push(item.content);
		else if (Array.isArray(item.content))
			for (const part of item.content as Part[])
				if (typeof part.text === "string") lines.push(part.text);
	}
	return lines.join("\n\n");
}

/** The pages that are loaded and what was known before, by the order of their ids, which is that of time. */
export function merge(before: readonly Turn[], loaded: readonly Turn[]): Turn[] {
	const all = new Map(before.map((turn) => [idOf(turn), turn]));
	for (const turn of loaded) {
		// What was read before it ended says less than what is known.
		const known = all.get(idOf(turn));
		if (!known || !isFinal(known.response.status) || isFinal(turn.response.status))
			all.set(idOf(turn), turn);
	}
	return [...all.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}
