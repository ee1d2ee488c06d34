// SPDX-License-Identifier: Apache-2.0
// All that a job has told, as it tells it.
"use client";
import { useEffect, useRef, useState } from "react";
import { useStream } from "@/api/use-stream";
import type { JobEvent } from "./queries";

interface Options {
	/** "": none is followed. */
	id: string;
	/** Whether the job has ended, as far as is known. */
	over: boolean;
}

export function useEvents({ id, over }: Options) {
	const [told, setTold] = useState<{ id: string; events: JobEvent[] }>({ id, events: [] });
	const { start, leave, state, error } = useStream((events) => {
		const next = events.map((event) => event.data as JobEvent);
		setTold((now) => ({ id, events: now.id === id ? [...now.events, ...next] : next }));
	});
	const ended = useRef(over);
	ended.current = over;
	useEffect(() => {
		if (id === "") return leave();
		setTold({ id, events: [] });
		const address = (after: number) =>
			`/v1/fine_tuning/jobs/${id}/events?stream=true&starting_after=${after}`;
		let last: number | null = null;
		void start({
			url: address(-1),
			// The stream has no mark for its end: it is complete once a job that is over has nothing more to tell.
			rejoin: (after) => {
				if (ended.current && last === after) return undefined;
				last = after;
				return address(after);
			},
		});
		return leave;
	}, [id, start, leave]);
	const lost = state === "failed" && !(over && error?.code === "network");
	return { events: told.id === id ? told.events : [], error: lost ? error : null };
}
