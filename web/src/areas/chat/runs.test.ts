// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test, vi } from "vitest";
import { textOf, type Response as Whole } from "./answer";
import { Runs } from "./runs";

const id = "resp_1";
const message = (text: string) => ({
	type: "message",
	id: "m",
	status: "completed",
	content: [{ type: "output_text", text, annotations: [] }],
});
const whole = (status: string, text = "") =>
	({
		id,
		status,
		previous_response_id: null,
		output: text === "" ? [] : [message(text)],
		error: null,
	}) as unknown as Whole;

const EVENTS = [
	{ type: "response.created", response: whole("queued") },
	{
		type: "response.output_item.added",
		output_index: 0,
		item: { ...message(""), status: "in_progress" },
	},
	{ type: "response.output_text.delta", output_index: 0, delta: "Green " },
	{ type: "response.output_text.delta", output_index: 0, delta: "tea." },
	{ type: "response.completed", response: whole("completed", "Green tea.") },
].map((event, sequence_number) => ({ ...event, sequence_number }));

function sse(from: number, to: number): Response {
	const text = EVENTS.slice(from, to)
		.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
		.join("");
	return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

type Asked = [url: string, init: RequestInit];

function answering(...answers: (() => Response)[]): Asked[] {
	const asked: Asked[] = [];
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		asked.push([url, init]);
		const next = answers.shift();
		if (!next) throw new Error(`nobody expected ${url}`);
		return next();
	});
	return asked;
}

function ended(runs: Runs): Promise<Whole> {
	return new Promise((resolve) => {
		runs.onEnd = resolve;
	});
}

afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

test("a question is asked under its key and followed to its end", async () => {
	const asked = answering(() => sse(0, 5));
	const runs = new Runs();
	const end = ended(runs);
	const response = await runs.start({ model: "m" }, "key-1");
	expect(response.id).toBe(id);
	expect((await end).status).toBe("completed");
	const shown = runs.get(id);
	expect([shown?.link, shown && textOf(shown.answer)]).toEqual(["ended", "Green tea."]);
	expect(asked).toHaveLength(1);
	expect(asked[0]?.[1].headers).toMatchObject({
		"idempotency-key": "key-1",
		"x-bulkhead-console": "1",
	});
});

test("a lost connection is taken up behind the last event, and nothing is asked twice", async () => {
	vi.useFakeTimers();
	const asked = answering(
		() => sse(0, 3),
		() => {
			throw new TypeError("network");
		},
		() => sse(2, 5),
	);
	const runs = new Runs();
	const end = ended(runs);
	await runs.start({}, "key-1");
	await vi.runAllTimersAsync();
	expect((await end).status).toBe("completed");
	expect(asked.map(([url]) => url)).toEqual([
		"/v1/responses",
		`/v1/responses/${id}?stream=true&starting_after=2`,
		`/v1/responses/${id}?stream=true&starting_after=2`,
	]);
	const shown = runs.get(id);
	expect(shown && textOf(shown.answer)).toBe("Green tea.");
});

test("that a connection is lost is told, and that it stands again", async () => {
	vi.useFakeTimers();
	answering(
		() => sse(0, 3),
		() => {
			throw new TypeError("network");
		},
		() => sse(3, 5),
	);
	const runs = new Runs();
	const links: unknown[] = [];
	runs.subscribe(id, () => {
		const link = runs.get(id)?.link;
		if (links.at(-1) !== link) links.push(link);
	});
	await runs.start({}, "key-1");
	await vi.runAllTimersAsync();
	expect(links).toEqual(["open", "lost", "open", "ended"]);
});

test("a run whose events are kept no longer is read whole", async () => {
	const gone = () =>
		new Response(JSON.stringify({ error: { code: "not_found", message: "No such events." } }), {
			status: 404,
		});
	const asked = answering(
		gone,
		() => new Response(JSON.stringify(whole("completed", "Green tea."))),
	);
	const runs = new Runs();
	const end = ended(runs);
	runs.join(whole("in_progress"));
	expect(runs.get(id)?.answer.items).toEqual([]);
	expect((await end).output).toHaveLength(1);
	expect(asked.map(([url]) => url)).toEqual([
		`/v1/responses/${id}?stream=true`,
		`/v1/responses/${id}?include[]=file_search_call.results`,
	]);
});

test("what the API refuses is told, and leaves no run", async () => {
	answering(
		() =>
			new Response(
				JSON.stringify({ error: { code: "insufficient_quota", message: "Budget used up." } }),
				{ status: 429, headers: { "retry-after": "7" } },
			),
	);
	const runs = new Runs();
	await expect(runs.start({}, "key-1")).rejects.toMatchObject({
		status: 429,
		code: "insufficient_quota",
		retryAfterS: 7,
	});
	expect(runs.get(id)).toBeUndefined();
});

test("one that has ended is not joined, and one that is followed not twice", () => {
	const asked = answering(() => sse(0, 5));
	const runs = new Runs();
	runs.join(whole("completed", "Green tea."));
	expect(asked).toHaveLength(0);
	runs.join(whole("in_progress"));
	runs.join(whole("in_progress"));
	expect(asked).toHaveLength(1);
	runs.leave();
});

test("leaving tells nobody any more", async () => {
	answering(() => sse(0, 3));
	const runs = new Runs();
	const told = vi.fn();
	runs.onEnd = told;
	await runs.start({}, "key-1");
	runs.leave();
	await new Promise((resolve) => setTimeout(resolve));
	expect(told).not.toHaveBeenCalled();
	expect(runs.get(id)).toBeUndefined();
});
