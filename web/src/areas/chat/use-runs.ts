// SPDX-License-Identifier: Apache-2.0
// The runs of this page, for React.
"use client";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type Answer, answerOf, type Response } from "./answer";
import { type Link, Runs } from "./runs";

/** One per page; leaving the page leaves the runs alone. */
export function useRuns(onEnd: (response: Response) => void): Runs {
	const [runs] = useState(() => new Runs());
	runs.onEnd = onEnd;
	useEffect(() => () => runs.leave(), [runs]);
	return runs;
}

/** An answer as it stands: from its run while there is one. */
export function useAnswer(runs: Runs, response: Response): { answer: Answer; link: Link } {
	const snapshot = useSyncExternalStore(
		(listener) => runs.subscribe(response.id, listener),
		() => runs.get(response.id),
		() => undefined,
	);
	const kept = useMemo(() => answerOf(response), [response]);
	return snapshot ?? { answer: kept, link: "ended" };
}
