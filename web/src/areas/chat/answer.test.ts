// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { answerOf, Gathering, type Response, textOf } from "./answer";

function response(status: string, output: unknown[] = []): Response {
	return { id: "resp_1", status, output, previous_response_id: null } as unknown as Response;
}

const CITATION = {
	type: "file_citation",
	file_id: "file-1",
	filename: "a.md",
	index: 6,
	bulkhead: { start: 0, end: 9 },
};

function feed(gathering: Gathering, ...events: Record<string, unknown>[]) {
	events.forEach((data, number) => {
		gathering.take({ number, type: String(data.type), data });
	});
}

test("an answer grows by its events", () => {
	const gathering = new Gathering(response("queued"));
	feed(
		gathering,
		{ type: "response.in_progress", response: response("in_progress") },
		{
			type: "response.output_item.added",
			output_index: 0,
			item: {
				type: "file_search_call",
				id: "fs",
				status: "in_progress",
				queries: ["tea"],
				results: null,
			},
		},
		{ type: "response.file_search_call.searching", output_index: 0 },
		{
			type: "response.output_item.done",
			output_index: 0,
			item: {
				type: "file_search_call",
				id: "fs",
				status: "completed",
				queries: ["tea"],
				results: [{ filename: "a.md" }],
			},
		},
		{
			type: "response.output_item.added",
			output_index: 1,
			item: { type: "message", id: "m", status: "in_progress", content: [] },
		},
		{ type: "response.output_text.delta", output_index: 1, delta: "Green " },
		{ type: "response.output_text.delta", output_index: 1, delta: "tea." },
		{ type: "response.output_text.annotation.added", output_index: 1, annotation: CITATION },
	);
	const answer = gathering.answer();
	expect(answer.status).toBe("in_progress");
	expect(answer.items).toMatchObject([
		{ type: "search", hits: [{ filename: "a.md" }] },
		{ type: "message", text: "Green tea.", citations: [{ index: 6 }] },
	]);
	expect(textOf(answer)).toBe("Green tea.");
});

test("what was handed out does not change", () => {
	const gathering = new Gathering(response("in_progress"));
	feed(
		gathering,
		{
			type: "response.output_item.added",
			output_index: 0,
			item: { type: "message", id: "m", content: [] },
		},
		{ type: "response.output_text.delta", output_index: 0, delta: "a" },
	);
	const before = gathering.answer();
	feed(gathering, { type: "response.output_text.delta", output_index: 0, delta: "b" });
	expect(textOf(before)).toBe("a");
	expect(textOf(gathering.answer())).toBe("ab");
});

test("one that ended is what the whole Response says", () => {
	const gathering = new Gathering(response("in_progress"));
	feed(gathering, {
		type: "response.failed",
		response: response("failed", [
			{
				type: "message",
				id: "m",
				status: "incomplete",
				content: [{ type: "output_text", text: "Half of", annotations: [] }],
			},
		]),
	});
	expect(gathering.answer()).toMatchObject({
		status: "failed",
		items: [{ type: "message", text: "Half of" }],
	});
});

test("a refusal is one, from events and whole", () => {
	const gathering = new Gathering(response("in_progress"));
	feed(
		gathering,
		{
			type: "response.output_item.added",
			output_index: 0,
			item: { type: "message", id: "m", content: [] },
		},
		{ type: "response.refusal.delta", output_index: 0, delta: "No." },
	);
	expect(gathering.answer().items).toMatchObject([{ text: "No.", refusal: true }]);
	expect(
		answerOf(
			response("completed", [
				{ type: "message", id: "m", content: [{ type: "refusal", refusal: "No." }] },
			]),
		).items,
	).toMatchObject([{ text: "No.", refusal: true }]);
});

test("events of an item that was never added are passed over", () => {
	const gathering = new Gathering(response("in_progress"));
	feed(gathering, { type: "response.output_text.delta", output_index: 3, delta: "lost" });
	expect(gathering.answer().items).toEqual([]);
});
