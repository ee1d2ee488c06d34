// SPDX-License-Identifier: Apache-2.0
// The source that the address names: RESPONSE.NUMBER.
"use client";
import { useEffect, useState } from "react";
import type { Response } from "./answer";
import type { Runs } from "./runs";
import { SourcePane } from "./source-pane";
import type { Turn } from "./tree";
import { useAnswer } from "./use-runs";

interface OpenSourceProps {
	place: string;
	turns: Turn[] | undefined;
	runs: Runs;
	onClose: () => void;
}

export function OpenSource({ place, turns, runs, onClose }: OpenSourceProps) {
	const [id = "", number = ""] = place.split(".");
	const turn = turns?.find((each) => each.response.id === id);
	return turn && /^\d{1,3}$/.test(number) ? (
		<Known response={turn.response} number={Number(number)} runs={runs} onClose={onClose} />
	) : null;
}

function Known({
	response,
	number,
	runs,
	onClose,
}: {
	response: Response;
	number: number;
	runs: Runs;
	onClose: () => void;
}) {
	const { answer } = useAnswer(runs, response);
	// Back to the mark from which it was opened; asked before the pane takes the focus.
	const [opener] = useState(() => document.activeElement);
	useEffect(
		() => () => {
			if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
		},
		[opener],
	);
	return <SourcePane answer={answer} number={number} onClose={onClose} />;
}
