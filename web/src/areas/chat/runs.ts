// SPDX-License-Identifier: Apache-2.0
// Runs that are under way, outside of React: each is read once, however many turns show it, and told at most once a
// frame. A run belongs to the server: leaving the page leaves it alone, and a lost connection is taken up by number.
import { CONSOLE_HEADER } from "@/api/console-header";
import { type ApiError, errorOf, isTransient, toApiError } from "@/api/errors";
import { type StreamEvent, stream } from "@/api/stream";
import { type Answer, Gathering, isFinal, type Response } from "./answer";

export type Link = "open" | "lost" | "ended";

export interface Snapshot {
	answer: Answer;
	link: Link;
}

interface Run {
	gathering: Gathering;
	snapshot: Snapshot;
	control: AbortController;
	seen: number;
	due: number;
}

const LOST_WAIT_MS = 10_000;
const HIDDEN_MS = 400;
const PACE_MOST_MS = 250;

const addressOf = (id: string) => `/v1/responses/${encodeURIComponent(id)}`;
const WITH_RESULTS = "include[]=file_search_call.results";

/** A Response as it stands, whole. */
export async function readResponse(id: string, signal?: AbortSignal): Promise<Response> {
	const answer = await fetch(`${addressOf(id)}?${WITH_RESULTS}`, {
		headers: CONSOLE_HEADER,
		signal,
	});
	const body: unknown = await answer.json().catch(() => null);
	if (!answer.ok) throw errorOf(answer, body);
	return body as Response;
}

export class Runs {
	private runs = new Map<string, Run>();
	private listeners = new Map<string, Set<() => void>>();
	/** A run has ended, with the whole Response. */
	onEnd: (response: Response) => void = () => undefined;
	/** What showing a change costs, as measured; the pace follows it, so that there is time left for everything else. */
	private costMs = 0;

	get(id: string): Snapshot | undefined {
		return this.runs.get(id)?.snapshot;
	}

	subscribe(id: string, listener: () => void): () => void {
		const known = this.listeners.get(id) ?? new Set();
		this.listeners.set(id, known.add(listener));
		return () => {
			known.delete(listener);
			if (known.size === 0 && this.listeners.get(id) === known) this.listeners.delete(id);
		};
	}

	/** Leaves all runs; they go on. */
	leave(): void {
		for (const run of this.runs.values()) run.control.abort();
		this.runs.clear();
	}

	/**
	 * Starts one. Resolves with the Response as soon as it exists, and follows it from there. The same `key` never makes
	 * a second one, so a request whose answer was lost can be sent again.
	 */
	async start(body: unknown, key: string): Promise<Response> {
		const control = new AbortController();
		let id: string | undefined;
		const events = stream({
			url: "/v1/responses",
			body,
			headers: { "idempotency-key": key },
			signal: control.signal,
			rejoin: (after) =>
				id === undefined ? undefined : `${addressOf(id)}?stream=true&starting_after=${after}`,
			onLink: (stands) => {
				const run = id === undefined ? undefined : this.runs.get(id);
				if (run) this.tell(run, stands ? "open" : "lost");
			},
		});
		const first = await events.next();
		const response = first.done
			? undefined
			: (first.value.data as { response?: Response }).response;
		if (!response) throw toApiError(new TypeError("The connection was lost."));
		id = response.id;
		const run = this.add(response, control);
		this.take(run, first.value as StreamEvent);
		void this.follow(response.id, run, events);
		return response;
	}

	/** Takes up one that is under way, from its first event. */
	join(response: Response): void {
		if (this.runs.has(response.id) || isFinal(response.status)) return;
		const run = this.add(response, new AbortController());
		void this.follow(response.id, run, this.events(response.id, run));
	}

	private add(response: Response, control: AbortController): Run {
		const gathering = new Gathering(response);
		const run: Run = {
			gathering,
			control,
			snapshot: { answer: gathering.answer(), link: "open" },
			seen: -1,
			due: 0,
		};
		this.runs.set(response.id, run);
		this.tell(run);
		return run;
	}

	private events(id: string, run: Run) {
		const from = (after: number) =>
			`${addressOf(id)}?stream=true${after < 0 ? "" : `&starting_after=${after}`}`;
		return stream({
			url: from(run.seen),
			signal: run.control.signal,
			rejoin: from,
			onLink: (stands) => this.tell(run, stands ? "open" : "lost"),
		});
	}

	private take(run: Run, event: StreamEvent): void {
		if (event.number !== undefined) {
			if (event.number <= run.seen) return;
			run.seen = event.number;
		}
		run.gathering.take(event);
		this.tellSoon(run);
	}

	private async follow(id: string, run: Run, first: AsyncGenerator<StreamEvent>): Promise<void> {
		for (let events = first; ; events = this.events(id, run)) {
			let failure: unknown;
			try {
				for await (const event of events) {
					this.take(run, event);
				}
			} catch (thrown) {
				failure = thrown;
			}
			if (run.control.signal.aborted) return;
			if (isTransient(failure)) {
				this.tell(run, "lost");
				await back(run.control.signal);
			}
			// Whether it ended or its events are kept no longer: the Response says how it stands.
			const whole = await this.read(id, run).catch((refusal: unknown) => {
				this.breakOff(run, toApiError(refusal));
			});
			if (run.control.signal.aborted) return;
			if (whole && isFinal(whole.status)) {
				this.end(run, whole);
				return;
			}
			if (!isTransient(failure)) await back(run.control.signal);
		}
	}

	private async read(id: string, run: Run): Promise<Response | undefined> {
		const told = run.gathering.answer().response;
		if (isFinal(told.status)) return told;
		try {
			return await readResponse(id, run.control.signal);
		} catch (failure) {
			if (run.control.signal.aborted) return undefined;
			if (isTransient(failure)) {
				this.tell(run, "lost");
				await back(run.control.signal);
				return undefined;
			}
			throw failure;
		}
	}

	/** It cannot be read any more: what had come is shown, and why there is no more. */
	private breakOff(run: Run, refusal: ApiError): void {
		const response: Response = {
			...run.gathering.answer().response,
			status: "failed",
			error: { code: "server_error", message: refusal.message },
		};
		run.gathering.breakOff(response);
		this.tell(run, "ended");
		run.control.abort();
		this.onEnd(response);
	}

	private end(run: Run, response: Response): void {
		run.gathering.take({ number: undefined, type: "response.completed", data: { response } });
		this.tell(run, "ended");
		run.control.abort();
		this.onEnd(response);
	}

	private tell(run: Run, link: Link = run.snapshot.link): void {
		run.snapshot = { answer: run.gathering.answer(), link };
		const begun = performance.now();
		for (const listener of this.listeners.get(run.snapshot.answer.id) ?? []) listener();
		// React shows it in a microtask that was queued just now.
		queueMicrotask(() => {
			this.costMs = performance.now() - begun;
		});
	}

	private tellSoon(run: Run): void {
		if (run.due) return;
		const now = () => {
			run.due = 0;
			if (!run.control.signal.aborted) this.tell(run);
		};
		const wait = document.hidden ? HIDDEN_MS : Math.min(PACE_MOST_MS, 3 * this.costMs);
		run.due = wait < 17 ? requestAnimationFrame(now) : window.setTimeout(now, wait);
	}
}

/** Until the network says that it is back, or for a while. */
function back(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			removeEventListener("online", done);
			signal.removeEventListener("abort", done);
			resolve();
		};
		const timer = setTimeout(done, LOST_WAIT_MS);
		addEventListener("online", done);
		signal.addEventListener("abort", done);
	});
}
