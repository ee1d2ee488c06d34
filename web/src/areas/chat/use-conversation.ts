// SPDX-License-Identifier: Apache-2.0
// The state of a conversation: the path that is shown, what runs, what is being asked.
"use client";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { toApiError } from "@/api/errors";
import { uploads } from "@/areas/documents/uploads";
import { useToast } from "@/ui/toast";
import { isFinal } from "./answer";
import { usePlace } from "./place";
import { stopRun, type Turns, useChat, useTurns, useTurnUpdates } from "./queries";
import { pathOf, type Step } from "./tree";
import type { TurnActs } from "./turn";
import { type Pending, useAsking } from "./use-asking";
import { useAttaching } from "./use-attaching";
import { usePictures } from "./use-pictures";
import { useRuns } from "./use-runs";
import { useSettings } from "./use-settings";

export function useConversation() {
	const [place, go] = usePlace();
	const chat = useChat(place.id);
	const turns = useTurns(place.id);
	const updates = useTurnUpdates();
	const runs = useRuns(updates.end);
	const { settings, setSettings } = useSettings(chat.data, place.id);
	const attaching = useAttaching({ chat: place.id, settings, setSettings });
	const pictures = usePictures(place.id);
	const { addKnown } = pictures;
	// biome-ignore lint/correctness/useExhaustiveDependencies: what is picked is another one
	useEffect(() => {
		if (place.picture === "") return;
		addKnown([place.picture]);
		go({ picture: "" });
	}, [place.picture]);
	const asking = useAsking({
		runs,
		settings,
		chat: place.id,
		onMade: (made) => uploads.moveToChat(made),
	});
	const known = turns.data?.turns;
	const path = usePath(turns.data, place.at, asking.pending);
	useEffect(() => {
		for (const turn of known ?? []) runs.join(turn.response);
	}, [known, runs]);
	const running = path.find((step) => !isFinal(step.turn.response.status))?.turn.response.id;
	const { announcements, announce } = useAnnouncer();
	const latest = useRef({ asking, go });
	latest.current = { asking, go };
	const acts = useMemo<TurnActs>(
		() => ({
			onBranch: (id) => latest.current.go({ at: id, source: "" }),
			onSource: (response, number) => latest.current.go({ source: `${response}.${number}` }),
			onAsk: (text, previous, files) => latest.current.asking.ask(text, previous, files),
			onAnnounce: announce,
		}),
		[announce],
	);
	const error = chat.error ?? turns.error;
	return {
		place,
		go,
		chat: chat.data,
		turns: turns.data,
		/** A chat that is gone is not shown from what was known of it. */
		error: error && (!turns.data || toApiError(error).status === 404) ? error : null,
		retry: () => void Promise.all([chat.refetch(), turns.refetch()]),
		loading: place.id !== "" && turns.isPending,
		empty: place.id === "" || (turns.data?.whole === true && turns.data.turns.length === 0),
		runs,
		settings,
		setSettings,
		asking,
		attaching,
		pictures,
		path,
		running,
		acts,
		announcements,
	};
}

function usePath(turns: Turns | undefined, at: string, pending: Pending | null): Step[] {
	return useMemo(() => {
		const steps = turns ? pathOf(turns.turns, pending ? pending.previous : at || null) : [];
		if (!pending) return steps;
		// What is being asked stands behind the turn that it follows.
		const end = steps.findIndex((step) => step.turn.response.id === pending.previous);
		return steps.slice(0, end + 1);
	}, [turns, at, pending]);
}

const LINES_MOST = 20;

/** One announcement at a time would swallow those before it; each is a line of its own. */
function useAnnouncer() {
	const announcements = useRef<HTMLDivElement>(null);
	const announce = useCallback((text: string) => {
		const box = announcements.current;
		if (!box || text === "") return;
		const line = document.createElement("p");
		line.textContent = text;
		box.append(line);
		while (box.childElementCount > LINES_MOST) box.firstElementChild?.remove();
	}, []);
	return { announcements, announce };
}

const ESCAPE_MS = 3000;

/** Stops a run; by Escape when it is pressed twice: the first asks. */
export function useStop(running: string | undefined) {
	const toast = useToast();
	const [stopping, setStopping] = useState<string | null>(null);
	const [asked, setAsked] = useState(false);
	useEffect(() => {
		if (!asked) return;
		const timer = setTimeout(() => setAsked(false), ESCAPE_MS);
		return () => clearTimeout(timer);
	}, [asked]);
	const stop = () => {
		if (running === undefined || stopping === running) return;
		setStopping(running);
		stopRun(running).catch((error: unknown) => {
			setStopping(null);
			toast(toApiError(error).message, { error: true });
		});
	};
	return {
		stop,
		stopping: running !== undefined && stopping === running,
		asked: asked && running !== undefined,
		onKeyDown: (event: React.KeyboardEvent) => {
			if (event.key !== "Escape" || running === undefined || event.nativeEvent.isComposing) return;
			if (asked) stop();
			setAsked(!asked);
		},
	};
}
