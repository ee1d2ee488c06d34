// SPDX-License-Identifier: Apache-2.0
// A transcript with its times: by lines, each with its words, and as the files that players read.
import type { components } from "@/api/schema.gen";

export type Transcription = components["schemas"]["Transcription"];

/** Seconds from the beginning. */
interface Span {
	start: number;
	end: number;
}

export interface Word extends Span {
	word: string;
}

export interface Line extends Span {
	text: string;
	words: Word[];
}

/** What the API answers is a model's word: only spans that are some are taken. */
function isSpan(value: unknown): value is Span {
	const { start, end } = (value ?? {}) as Partial<Span>;
	return Number.isFinite(start) && Number.isFinite(end);
}

/** The segments with the words that begin in each; without segments, all of it is one line. */
export function linesOf({ text, segments, words, duration }: Transcription): Line[] {
	const known = (words ?? []).filter(isSpan);
	const lines: Line[] = [];
	for (const segment of (segments ?? []) as unknown[])
		if (isSpan(segment) && "text" in segment && typeof segment.text === "string")
			lines.push({
				start: segment.start,
				end: segment.end,
				text: segment.text.trim(),
				words: [],
			});
	if (lines.length === 0)
		return text.trim() === ""
			? []
			: [{ start: 0, end: duration ?? known.at(-1)?.end ?? 0, text: text.trim(), words: known }];
	let at = 0;
	for (const word of known) {
		// A word belongs to the last line that has begun, or to the first.
		while (at + 1 < lines.length && (lines[at + 1]?.start ?? 0) <= word.start) at++;
		lines[at]?.words.push(word);
	}
	return lines;
}

/** 3725.042 → 01:02:05,042; VTT has a point. */
export function clock(seconds: number, point: "," | "."): string {
	const ms = Math.max(0, Math.round(seconds * 1000));
	const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
	return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, "0")}`;
}

/** For reading: 62 → 1:02, 3725 → 1:02:05. */
export function shortClock(seconds: number): string {
	const [hours = "0", minutes = "0", rest = "0"] = clock(Math.floor(seconds), ".")
		.slice(0, 8)
		.split(":");
	return hours === "00" ? `${Number(minutes)}:${rest}` : `${Number(hours)}:${minutes}:${rest}`;
}

/** Within a cue nothing may look like the end of one, or like a mark. */
const cue = (text: string) => text.replace(/\s+/g, " ").replaceAll("-->", "→").trim();

export const toText = (lines: readonly Line[]) => `${lines.map(({ text }) => text).join("\n")}\n`;

export const toSrt = (lines: readonly Line[]) =>
	lines
		.map(
			({ start, end, text }, index) =>
				`${index + 1}\n${clock(start, ",")} --> ${clock(end, ",")}\n${cue(text)}\n`,
		)
		.join("\n");

export const toVtt = (lines: readonly Line[]) =>
	`WEBVTT\n\n${lines
		.map(
			({ start, end, text }) =>
				`${clock(start, ".")} --> ${clock(end, ".")}\n${cue(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}\n`,
		)
		.join("\n")}`;

/** Which of them is heard at a second: the last that has begun; -1 before the first. */
export function indexAt(spans: readonly Span[], second: number): number {
	let low = 0;
	let high = spans.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((spans[middle]?.start ?? 0) <= second) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}
