// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Answer, Citation } from "./answer";
import {
	MARK,
	quoteOf,
	slicePoints,
	sourcesOf,
	unitsOf,
	withMarks,
	withoutMarks,
} from "./citations";

function citation(index: number, more: Partial<Citation["bulkhead"]> = {}): Citation {
	return {
		file_id: "file-1",
		filename: "a.md",
		index,
		bulkhead: { chunk_id: "chunk_1", start: 10, end: 50, ...more },
	};
}

function answer(citations: Citation[]): Answer {
	return {
		id: "resp_1",
		status: "completed",
		response: {} as never,
		items: [
			{
				type: "search",
				id: "s",
				queries: ["q"],
				status: "completed",
				hits: [
					{
						file_id: "file-1",
						filename: "a.md",
						score: 0.5,
						text: "0123456789 The 🦊 sentence. More.",
						bulkhead: { chunk_id: "chunk_1", start: 10, end: 43 },
					},
				],
			},
			{ type: "message", id: "m", text: "x", refusal: false, citations, status: "completed" },
		],
	};
}

const shown = (text: string) => text.replace(MARK, "[$1]");

test("marks stand at code points, not at UTF-16 units", () => {
	expect(shown(withMarks("A 🦊 jumps. Then rests.", [citation(10)]))).toBe(
		"A 🦊 jumps.[0] Then rests.",
	);
	expect(unitsOf("🦊🦊a", [0, 1, 2, 3, 9])).toEqual([0, 2, 4, 5, 5]);
});

test("several marks at one place keep their order, and places their own", () => {
	expect(shown(withMarks("One. Two.", [citation(9), citation(4), citation(9)]))).toBe(
		"One.[1] Two.[0][2]",
	);
});

test("a model cannot make marks", () => {
	const text = "Say \uE0007\uE001 twice.";
	expect(withMarks(text, [])).toBe("Say \uFFFD7\uFFFD twice.");
	expect(withoutMarks(withMarks(text, [citation(5)]))).toBe("Say \uFFFD7\uFFFD twice.");
});

test("a place behind the end is the end", () => {
	expect(shown(withMarks("Short.", [citation(99)]))).toBe("Short.[0]");
});

test("one passage is one source, numbered by its first appearance", () => {
	const first = citation(1);
	const second = citation(2, { chunk_id: "chunk_2" });
	const again = citation(3);
	const { sources, numbers } = sourcesOf(answer([first, second, again]));
	expect(sources.map((source) => source.number)).toEqual([1, 2]);
	expect([first, second, again].map((each) => numbers.get(each))).toEqual([1, 2, 1]);
});

test("the supporting sentence is cut from what the search found", () => {
	const cited = citation(1, { quote_start: 21, quote_end: 36 });
	const [source] = sourcesOf(answer([cited])).sources;
	expect(source && quoteOf(source, cited)).toBe("The 🦊 sentence.");
	expect(slicePoints("🦊abc", 1, 3)).toBe("ab");
});
