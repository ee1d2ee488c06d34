// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test, vi } from "vitest";
import { type StreamEvent, stream } from "./stream";

afterEach(() => vi.unstubAllGlobals());

interface Call {
	url: string;
	init: RequestInit;
}

/** Answers each call with the next text; a text that does not end its stream is a broken connection. */
function serve(...answers: (string | Response)[]): Call[] {
	const calls: Call[] = [];
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		calls.push({ url, init });
		const next = answers[calls.length - 1];
		if (next === undefined) throw new TypeError("Failed to fetch");
		return typeof next === "string" ? new Response(next) : next;
	});
	// Waiting between attempts is the clock's; here it takes no time.
	vi.stubGlobal("setTimeout", (act: () => void) => {
		queueMicrotask(act);
		return 0;
	});
	return calls;
}

function event(number: number, type: string) {
	return `event: ${type}\ndata: {"type":"${type}","sequence_number":${number}}\n\n`;
}

async function all(events: AsyncGenerator<StreamEvent>) {
	const seen: string[] = [];
	for await (const each of events) seen.push(`${each.number} ${each.type}`);
	return seen;
}

const signal = () => new AbortController().signal;

test("a stream is read to its last event", async () => {
	const calls = serve(event(0, "response.created") + event(1, "response.completed"));
	expect(
		await all(stream({ url: "/v1/responses", body: { stream: true }, signal: signal() })),
	).toEqual(["0 response.created", "1 response.completed"]);
	expect(calls[0]?.init.method).toBe("POST");
	expect(calls[0]?.init.headers).toMatchObject({
		"x-bulkhead-console": "1",
		accept: "text/event-stream",
	});
});

test("after a break it is rejoined behind the last number, and nothing comes twice", async () => {
	const calls = serve(
		event(0, "response.created") + event(1, "delta"),
		event(1, "delta") + event(2, "delta") + event(3, "response.completed"),
	);
	const rejoin = (after: number) => `/v1/responses/r?stream=true&starting_after=${after}`;
	expect(await all(stream({ url: "/v1/responses", body: {}, signal: signal(), rejoin }))).toEqual([
		"0 response.created",
		"1 delta",
		"2 delta",
		"3 response.completed",
	]);
	expect(calls.map((call) => [call.init.method ?? "GET", call.url])).toEqual([
		["POST", "/v1/responses"],
		["GET", "/v1/responses/r?stream=true&starting_after=1"],
	]);
});

test("without a place to rejoin, a break is an error and the run is not started again", async () => {
	const calls = serve(event(0, "response.created"));
	await expect(
		all(stream({ url: "/v1/responses", body: {}, signal: signal() })),
	).rejects.toMatchObject({ code: "network" });
	expect(calls).toHaveLength(1);
});

test("an error answer is told as the API's", async () => {
	serve(
		new Response(
			JSON.stringify({ error: { message: "No such model.", code: "model_not_found" } }),
			{ status: 404 },
		),
	);
	await expect(
		all(stream({ url: "/v1/responses", body: {}, signal: signal() })),
	).rejects.toMatchObject({ status: 404, code: "model_not_found" });
});

test("attempts to rejoin end", async () => {
	const calls = serve(event(0, "response.created"));
	await expect(
		all(stream({ url: "/s", signal: signal(), rejoin: () => "/s" })),
	).rejects.toMatchObject({ code: "network" });
	expect(calls).toHaveLength(9);
});

test("[DONE] ends a stream of chat completions", async () => {
	serve('data: {"id":"c"}\n\ndata: [DONE]\n\n');
	expect(await all(stream({ url: "/v1/chat/completions", body: {}, signal: signal() }))).toEqual([
		"undefined message",
	]);
});

test("an error event ends the listening; what passes is rejoined, the rest is told", async () => {
	const error = (code: string) =>
		`event: error\ndata: {"type":"error","sequence_number":1,"code":"${code}","message":"m","param":null}\n\n`;
	const rejoin = () => "/s";
	serve(
		event(0, "response.created") + error("service_unavailable"),
		event(1, "response.completed"),
	);
	expect(await all(stream({ url: "/s", signal: signal(), rejoin }))).toEqual([
		"0 response.created",
		"1 response.completed",
	]);
	serve(event(0, "response.created") + error("internal_error"));
	await expect(all(stream({ url: "/s", signal: signal(), rejoin }))).rejects.toMatchObject({
		code: "internal_error",
		message: "m",
	});
});

test("a part of a run that is completed does not end it", async () => {
	serve(event(0, "response.file_search_call.completed") + event(1, "response.completed"));
	expect(await all(stream({ url: "/s", signal: signal() }))).toEqual([
		"0 response.file_search_call.completed",
		"1 response.completed",
	]);
});

test("the ingestion of a file is followed to its final state", async () => {
	serve(event(3, "vector_store.file.in_progress") + event(9, "vector_store.file.failed"));
	expect(await all(stream({ url: "/s", signal: signal() }))).toEqual([
		"3 vector_store.file.in_progress",
		"9 vector_store.file.failed",
	]);
});

test("a chat completion that fails on its way is an error", async () => {
	serve('data: {"id":"c"}\n\ndata: {"error":{"message":"m","code":"upstream_error"}}\n\n');
	await expect(all(stream({ url: "/s", body: {}, signal: signal() }))).rejects.toMatchObject({
		code: "upstream_error",
	});
});
