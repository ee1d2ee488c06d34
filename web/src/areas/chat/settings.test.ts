// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { fileName, toMarkdown } from "./export-markdown";
import { piecesOf } from "./passage";
import { PRESET, readSettings, requestOf, settingsAfter, withStore } from "./settings";
import { snippets } from "./snippets";

test.each([undefined, null, 7, "x", [], { model: 3, stores: "vs_1", grounding: "loose" }])(
	"settings that make no sense are the preset ones: %j",
	(kept) => {
		expect(readSettings(kept)).toEqual(PRESET);
	},
);

test("a new chat asks as the last one, without that one's own files", () => {
	const last = { model: "m", stores: ["vs_1", "vs_own"], grounding: "mark", own_store: "vs_own" };
	expect(settingsAfter(last)).toEqual({ model: "m", stores: ["vs_1"], grounding: "mark" });
	expect(readSettings(last)).toEqual(last);
});

test("a store is searched once, and as many as may be", () => {
	const some = { ...PRESET, stores: Array.from({ length: 15 }, (_, n) => `vs_${n}`) };
	expect(withStore(some, "vs_3")).toBe(some);
	const full = withStore(some, "vs_15");
	expect(full?.stores).toHaveLength(16);
	expect(full && withStore(full, "vs_16")).toBeNull();
});

test("a request is detached, kept, and names its chat", () => {
	const request = requestOf({
		text: "Hello",
		chat: "chat_1",
		previous: "resp_1",
		settings: PRESET,
	});
	expect(request).toMatchObject({
		background: true,
		stream: true,
		store: true,
		previous_response_id: "resp_1",
		bulkhead: { chat: "chat_1" },
	});
	expect(request.tools).toBeUndefined();
});

test("pictures stand behind the text, named by their files", () => {
	const { input } = requestOf({
		text: "What is this?",
		pictures: ["file-1", "file-2"],
		chat: "chat_1",
		previous: null,
		settings: PRESET,
	}) as unknown as { input: { content: object[] }[] };
	expect(input[0]?.content).toEqual([
		{ type: "input_text", text: "What is this?" },
		{ type: "input_image", file_id: "file-1", detail: "auto" },
		{ type: "input_image", file_id: "file-2", detail: "auto" },
	]);
});

test("with documents it searches, tells what it found, and holds to the grounding", () => {
	const request = requestOf({
		text: "Hello",
		chat: "chat_1",
		previous: null,
		settings: { model: "m", stores: ["vs_1"], grounding: "strict" },
	});
	expect(request).toMatchObject({
		tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }],
		include: ["file_search_call.results"],
		bulkhead: { grounding: "strict" },
	});
	expect(
		requestOf({
			text: "x",
			chat: "c",
			previous: null,
			settings: { ...PRESET, grounding: "strict" },
		}).bulkhead,
	).toEqual({ chat: "c" });
});

test("a passage is cut where it and its sentences begin and end", () => {
	expect(piecesOf("0123456789", 100, { start: 102, end: 108 }, [{ start: 104, end: 106 }])).toEqual(
		[
			{ start: 100, text: "01", passage: false, quote: false },
			{ start: 102, text: "23", passage: true, quote: false },
			{ start: 104, text: "45", passage: true, quote: true },
			{ start: 106, text: "67", passage: true, quote: false },
			{ start: 108, text: "89", passage: false, quote: false },
		],
	);
	expect(piecesOf("🦊ab", 5, { start: 6, end: 7 }, []).map((piece) => piece.text)).toEqual([
		"🦊",
		"a",
		"b",
	]);
	expect(piecesOf("abc", 0, { start: 50, end: 60 }, [])).toHaveLength(1);
});

test("a chat as Markdown has its questions, answers and sources", () => {
	const citation = {
		type: "file_citation",
		file_id: "file-1",
		filename: "a.md",
		index: 10,
		bulkhead: { chunk_id: "c", start: 0, end: 9, page_start: 3 },
	};
	const turn = {
		input: [{ role: "user", content: "Which tea?" }],
		response: {
			id: "resp_1",
			status: "completed",
			output: [
				{
					type: "message",
					id: "m",
					content: [{ type: "output_text", text: "Green tea.", annotations: [citation] }],
				},
			],
		},
	};
	const text = toMarkdown("Tea", [{ turn: turn as never, siblings: [] }], {
		question: "Question",
		answer: "Answer",
		page: (page) => `page ${page}`,
	});
	expect(text).toBe(
		"# Tea\n\n## Question\n\nWhich tea?\n\n## Answer\n\nGreen tea.[^1-1]\n\n[^1-1]: a.md, page 3\n",
	);
});

test.each([
	["../../etc/passwd", "etc-passwd.md"],
	["  ", "chat.md"],
	["Lieferung: Zürich?", "Lieferung-Zürich.md"],
	["\u202egnp.exe", "gnp.exe.md"],
])("a file's name from %j", (title, name) => {
	expect(fileName(title)).toBe(name);
});

test("code quotes what one wrote", () => {
	const [curl, python] = snippets("http://x", PRESET, `it's "so"\n`);
	expect(curl?.code).toContain(`"input": "it'\\''s \\"so\\"\\n"`);
	expect(python?.code).toContain(String.raw`input="it's \"so\"\n"`);
});
