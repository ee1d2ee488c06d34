// SPDX-License-Identifier: Apache-2.0
// What a store and a file are in a word, and how far an ingestion is.
import type { Tone } from "@/ui/bits";
import type { FileEvent, Status, Store, StoreFile } from "./queries";

export const FILE_TONES: Record<Status, Tone> = {
	in_progress: "info",
	completed: "good",
	failed: "bad",
	cancelled: "neutral",
};

export type StoreState =
	| "empty"
	| "ready"
	| "working"
	| "importing"
	| "importFailed"
	| "failed"
	| "expired";

export const STORE_TONES: Record<StoreState, Tone> = {
	empty: "neutral",
	ready: "good",
	working: "info",
	importing: "info",
	importFailed: "bad",
	failed: "warn",
	expired: "neutral",
};

export function storeState(store: Store): StoreState {
	if (store.status === "expired") return "expired";
	if (store.bulkhead.import?.status === "in_progress") return "importing";
	if (store.bulkhead.import?.status === "failed") return "importFailed";
	if (store.file_counts.in_progress > 0) return "working";
	if (store.file_counts.failed > 0) return "failed";
	return store.file_counts.total === 0 ? "empty" : "ready";
}

/** The stages of an ingestion in their order; `queued` comes before the first. */
export const STAGES = ["extracting", "chunking", "embedding", "indexing"] as const;
export type Stage = (typeof STAGES)[number] | "queued" | "done";

export interface Progress {
	stage: Stage;
	/** What is counted in this stage; null where nothing is, or nobody knows yet how much there is. */
	counted: { unit: "pages" | "chunks"; done: number; total: number } | null;
	/** Stages that are over. */
	over: number;
	remainingS: number | null;
}

const isStage = (text: string | undefined): text is Stage =>
	text === "queued" || text === "done" || (STAGES as readonly string[]).includes(text ?? "");

const over = (stage: Stage) =>
	stage === "done" ? STAGES.length : Math.max(0, (STAGES as readonly string[]).indexOf(stage));

/** From the newest of both: the row of a list, or an event of the file's stream. */
export function progressOf(file: StoreFile, event?: FileEvent): Progress {
	if (event && isStage(event.stage)) {
		const counts =
			event.stage === "extracting" && event.pages
				? { unit: "pages" as const, done: event.pages.done, total: event.pages.total }
				: event.stage === "embedding" && event.chunks
					? { unit: "chunks" as const, done: event.chunks.embedded, total: event.chunks.total }
					: null;
		return {
			stage: event.stage,
			counted: counts && counts.total > 0 ? counts : null,
			over: over(event.stage),
			remainingS: event.remaining_s ?? null,
		};
	}
	const { stage: name, done, total } = file.bulkhead;
	const stage = isStage(name) ? name : "queued";
	const unit = stage === "extracting" ? "pages" : "chunks";
	return {
		stage,
		counted: total > 0 && stage !== "queued" && stage !== "done" ? { unit, done, total } : null,
		over: over(stage),
		remainingS: null,
	};
}
