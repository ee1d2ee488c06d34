// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import {
	clock,
	indexAt,
	linesOf,
	shortClock,
	type Transcription,
	toSrt,
	toText,
	toVtt,
} from "./transcript";

const usage = { type: "duration", seconds: 4 } as const;
const transcription: Transcription = {
	text: "The harbour opens. At six.",
	duration: 4,
	words: [
		{ word: "The", start: 0.1, end: 0.3 },
		{ word: "harbour", start: 0.3, end: 0.9 },
		{ word: "opens.", start: 0.9, end: 1.4 },
		{ word: "At", start: 2, end: 2.2 },
		{ word: "six.", start: 2.2, end: 3 },
	],
	segments: [
		{ id: 0, start: 0, end: 1.5, text: " The harbour opens." },
		{ id: 1, start: 2, end: 3, text: " At six." },
	] as never,
	usage,
};

test("each line has the words that begin in it", () => {
	const lines = linesOf(transcription);
	expect(lines.map(({ text }) => text)).toEqual(["The harbour opens.", "At six."]);
	expect(lines.map(({ words }) => words.length)).toEqual([3, 2]);
});

test("without segments all is one line, and without words nothing", () => {
	expect(linesOf({ text: " Hello ", usage })).toEqual([
		{ start: 0, end: 0, text: "Hello", words: [] },
	]);
	expect(linesOf({ text: "", usage })).toEqual([]);
});

test("what has no times is left out, whoever answered it", () => {
	const strange = [{ start: "0", end: 1, text: "x" }, { start: 0, end: 1 }, null] as never;
	expect(linesOf({ text: "Hello", segments: strange, words: strange, usage })).toHaveLength(1);
	expect(
		linesOf({ text: "Hello", segments: strange, words: strange, usage })[0]?.words,
	).toHaveLength(1);
});

test("subtitles are what players read, and a text cannot end a cue or set a mark", () => {
	const lines = linesOf(transcription);
	expect(toSrt(lines)).toBe(
		"1\n00:00:00,000 --> 00:00:01,500\nThe harbour opens.\n\n2\n00:00:02,000 --> 00:00:03,000\nAt six.\n",
	);
	expect(toVtt([{ start: 0, end: 1, text: "a --> <b>\n\nc & d", words: [] }])).toBe(
		"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na → &lt;b> c &amp; d\n",
	);
	expect(toText(lines)).toBe("The harbour opens.\nAt six.\n");
});

test("times carry over", () => {
	expect(clock(3725.0419, ",")).toBe("01:02:05,042");
	expect(clock(59.9996, ".")).toBe("00:01:00.000");
	expect(shortClock(62.9)).toBe("1:02");
	expect(shortClock(3725)).toBe("1:02:05");
});

test("what is heard is the last that has begun", () => {
	const words = transcription.words ?? [];
	expect(indexAt(words, 0)).toBe(-1);
	expect(indexAt(words, 0.3)).toBe(1);
	expect(indexAt(words, 1.9)).toBe(2);
	expect(indexAt(words, 60)).toBe(4);
	expect(indexAt([], 1)).toBe(-1);
});
