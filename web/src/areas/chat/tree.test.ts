// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { merge, pathOf, picturesOf, questionOf, type Turn } from "./tree";

function turn(id: string, previous: string | null, status = "completed"): Turn {
	return {
		object: "chat.turn",
		request_id: "",
		input: [
			{ type: "message", role: "user", content: [{ type: "input_text", text: `question ${id}` }] },
		],
		response: { id, previous_response_id: previous, status, output: [] },
	} as unknown as Turn;
}

const ids = (path: { turn: Turn }[]) => path.map((step) => step.turn.response.id);

test("the path ends with the newest turn and knows its siblings", () => {
	const turns = [turn("a", null), turn("b", "a"), turn("c", "a"), turn("d", "c")];
	const path = pathOf(turns, null);
	expect(ids(path)).toEqual(["a", "c", "d"]);
	expect(path[1]?.siblings).toEqual(["b", "c"]);
});

test("a chosen turn leads to its own branch, and on along the newest", () => {
	const turns = [turn("a", null), turn("b", "a"), turn("c", "a"), turn("d", "b"), turn("e", "b")];
	expect(ids(pathOf(turns, "b"))).toEqual(["a", "b", "e"]);
	expect(ids(pathOf(turns, "c"))).toEqual(["a", "c"]);
});

test("a first question that was asked anew has siblings without a parent", () => {
	expect(pathOf([turn("a", null), turn("b", null)], null)[0]?.siblings).toEqual(["a", "b"]);
});

test("where older turns are not loaded yet, the path begins later", () => {
	expect(ids(pathOf([turn("y", "x"), turn("z", "y")], null))).toEqual(["y", "z"]);
});

test("an id that is not of this chat shows the newest branch", () => {
	expect(ids(pathOf([turn("a", null)], "resp_of_somebody_else"))).toEqual(["a"]);
});

test("what ended is not undone by what was read before", () => {
	const ended = turn("a", null);
	expect(merge([ended], [turn("a", null, "in_progress")])).toEqual([ended]);
	expect(merge([turn("a", null, "in_progress")], [ended])).toEqual([ended]);
});

test("turns stand in the order of their ids", () => {
	expect(
		merge([turn("b", null)], [turn("c", "b"), turn("a", null)]).map((each) => each.response.id),
	).toEqual(["a", "b", "c"]);
});

test("a question is the text of what the user said", () => {
	expect(questionOf(turn("a", null))).toBe("question a");
	expect(
		questionOf({
			...turn("a", null),
			input: [
				{ role: "user", content: "plain" },
				{ role: "system", content: "no" },
			] as never,
		}),
	).toBe("plain");
});

test("pictures of a question are its files; others are told to be somewhere else", () => {
	const turn = {
		input: [
			{
				role: "user",
				content: [
					{ type: "input_text", text: "What is this?" },
					{ type: "input_image", file_id: "file-1" },
					{ type: "input_image", image_url: "https://example.com/x.png" },
				],
			},
			{ role: "assistant", content: [{ type: "input_image", file_id: "file-2" }] },
			{ role: "user", content: "plain" },
		],
		response: {},
	} as unknown as Turn;
	expect(picturesOf(turn)).toEqual(["file-1", null]);
	expect(questionOf(turn)).toBe("What is this?\n\nplain");
});
