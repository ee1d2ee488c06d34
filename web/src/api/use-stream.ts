// SPDX-License-Identifier: Apache-2.0
// A stream for a component: events reach it at most once per frame, however fast they come.
"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiError, toApiError } from "./errors";
import { type StreamEvent, stream } from "./stream";

type State = "idle" | "open" | "done" | "failed";

interface StartOptions {
	url: string;
	body?: unknown;
	rejoin?: (after: number) => string | undefined;
	isLast?: (event: StreamEvent) => boolean;
}

/** `onEvents` gets what came since the last frame; keep tokens in a ref and commit once. */
export function useStream(onEvents: (events: StreamEvent[]) => void) {
	const [state, setState] = useState<State>("idle");
	const [error, setError] = useState<ApiError | null>(null);
	const control = useRef<AbortController | null>(null);
	const handler = useRef(onEvents);
	handler.current = onEvents;

	/** Leaves the stream; the run on the server goes on, stopping it is a call of its own. */
	const leave = useCallback(() => control.current?.abort(), []);
	useEffect(() => leave, [leave]);

	const start = useCallback(
		async (options: StartOptions) => {
			leave();
			const own = new AbortController();
			control.current = own;
			setError(null);
			setState("open");
			let batch: StreamEvent[] = [];
			let frame = 0;
			const flush = () => {
				cancelAnimationFrame(frame);
				frame = 0;
				const events = batch;
				batch = [];
				if (events.length > 0) handler.current(events);
			};
			try {
				for await (const event of stream({ ...options, signal: own.signal })) {
					batch.push(event);
					frame ||= requestAnimationFrame(flush);
				}
				flush();
				setState(own.signal.aborted ? "idle" : "done");
			} catch (failure) {
				flush();
				setError(toApiError(failure));
				setState("failed");
			}
		},
		[leave],
	);
	return { state, error, start, leave };
}
