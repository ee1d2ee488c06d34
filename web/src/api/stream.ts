// SPDX-License-Identifier: Apache-2.0
// Server-sent events over fetch: POST or GET, numbered, rejoined by number after a break.
import { createParser } from "eventsource-parser";
import { CONSOLE_HEADER } from "./console-header";
import { ApiError, errorOf, isTransient, toApiError } from "./errors";

export interface StreamEvent {
	/** The number of the event, where it has one. */
	number: number | undefined;
	type: string;
	data: unknown;
}

interface StreamOptions {
	url: string;
	/** With a body it is a POST. */
	body?: unknown;
	/** Besides the usual ones, for the first request. */
	headers?: Record<string, string>;
	signal: AbortSignal;
	/**
	 * Where to rejoin after the event of this number: an address for GET. Undefined: nowhere yet, a break is an error.
	 * The run goes on by itself meanwhile; it is never started twice.
	 */
	rejoin?: (after: number) => string | undefined;
	/** Whether nothing comes after an event, besides those that end every stream of their kind. */
	isLast?: (event: StreamEvent) => boolean;
	/** Told false when the connection broke and is about to be taken up again, and true when it stands. */
	onLink?: (stands: boolean) => void;
}

const BREAKS_MAX = 8;

/** Ends when the stream does; throws ApiError; an abort ends it quietly. */
export async function* stream({
	url,
	body,
	headers,
	signal,
	rejoin,
	isLast,
	onLink,
}: StreamOptions): AsyncGenerator<StreamEvent> {
	let seen = -1;
	let breaks = 0;
	let request: { url: string; init: RequestInit } = {
		url,
		init:
			body === undefined
				? {}
				: {
						method: "POST",
						body: JSON.stringify(body),
						headers: { "content-type": "application/json", ...headers },
					},
	};
	for (;;) {
		try {
			for await (const event of once(request.url, request.init, signal, isLast, onLink)) {
				if (event.number !== undefined) {
					if (event.number <= seen) continue;
					seen = event.number;
				}
				breaks = 0;
				yield event;
			}
			return;
		} catch (error) {
			if (signal.aborted) return;
			const again = isTransient(error) && ++breaks <= BREAKS_MAX ? rejoin?.(seen) : undefined;
			if (again === undefined) throw toApiError(error);
			request = { url: again, init: {} };
			onLink?.(false);
			await wait(Math.min(8000, 250 * 2 ** breaks), signal);
		}
	}
}

async function* once(
	url: string,
	init: RequestInit,
	signal: AbortSignal,
	isLast?: (event: StreamEvent) => boolean,
	onLink?: (stands: boolean) => void,
): AsyncGenerator<StreamEvent> {
	const response = await fetch(url, {
		...init,
		signal,
		headers: { accept: "text/event-stream", ...CONSOLE_HEADER, ...init.headers },
	});
	if (!response.ok) throw errorOf(response, await response.json().catch(() => null));
	if (!response.body) throw new ApiError("No stream in the answer.", { status: response.status });

	onLink?.(true);
	const waiting: StreamEvent[] = [];
	let ended = false;
	let failure: ApiError | null = null;
	const parser = createParser({
		onEvent: (message) => {
			if (message.data === "[DONE]") {
				ended = true;
				return;
			}
			const parsed: unknown = JSON.parse(message.data);
			const type = message.event ?? field(parsed, "type", "string") ?? "message";
			failure ??= failureOf(type, parsed);
			if (failure) return;
			const number = Number(message.id ?? field(parsed, "sequence_number", "number") ?? NaN);
			const event = {
				number: Number.isSafeInteger(number) ? number : undefined,
				type,
				data: parsed,
			};
			if (LAST.test(type) || isLast?.(event)) ended = true;
			waiting.push(event);
		},
	});
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (value !== undefined) parser.feed(value);
			yield* waiting.splice(0);
			if (failure) throw failure;
			if (done) break;
		}
	} finally {
		await reader.cancel().catch(() => undefined);
	}
	// A connection that closes without the last event has broken.
	if (!ended) throw new ApiError("The connection was lost.", { code: "network" });
}

/** Events after which nothing comes; a part of a run may end with a similar name. */
const LAST = /^(response|vector_store\.file)\.(completed|failed|incomplete|cancelled)$/;

/** The listening ended, not the run: told as an event, after which one may rejoin where the reason passes. */
function failureOf(type: string, data: unknown): ApiError | null {
	const error =
		type === "error"
			? data
			: typeof data === "object" && data !== null && "error" in data
				? data.error
				: null;
	if (typeof error !== "object" || error === null) return null;
	const code = field(error, "code", "string") ?? "unknown";
	return new ApiError(field(error, "message", "string") ?? "The stream ended with an error.", {
		status: code === "service_unavailable" ? 503 : 500,
		code,
		param: field(error, "param", "string"),
	});
}

function field(value: unknown, name: string, type: "string"): string | undefined;
function field(value: unknown, name: string, type: "number"): number | undefined;
function field(value: unknown, name: string, type: string): unknown {
	if (typeof value !== "object" || value === null) return undefined;
	const found = (value as Record<string, unknown>)[name];
	return typeof found === type ? found : undefined;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		const end = () => {
			clearTimeout(timer);
			resolve();
		};
		signal.addEventListener("abort", end, { once: true });
	});
}
