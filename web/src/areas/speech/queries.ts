// SPDX-License-Identifier: Apache-2.0
// What the speech page does: a recording becomes a text, a text a recording.
import { useMutation } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import type { components } from "@/api/schema.gen";
import { xhr } from "@/areas/documents/upload";
import type { Transcription } from "./transcript";

export type SpeechCreate = components["schemas"]["SpeechCreate"];

export interface Listening {
	file: File;
	model: string;
	/** Of ISO 639; "": it is detected. */
	language: string;
}

export type Hearing =
	| { state: "idle" }
	/** `share`: from 0 to 1; 1: it has arrived, and is being listened to. */
	| { state: "sending"; share: number }
	| { state: "failed"; error: ApiError }
	| { state: "done"; transcription: Transcription };

export function useTranscribe() {
	const [hearing, setHearing] = useState<Hearing>({ state: "idle" });
	const control = useRef<AbortController | null>(null);
	const cancel = useCallback(() => {
		control.current?.abort();
		setHearing({ state: "idle" });
	}, []);
	useEffect(() => () => control.current?.abort(), []);

	const start = async ({ file, model, language }: Listening) => {
		control.current?.abort();
		const own = new AbortController();
		control.current = own;
		const form = new FormData();
		form.append("model", model);
		form.append("response_format", "verbose_json");
		form.append("timestamp_granularities[]", "segment");
		form.append("timestamp_granularities[]", "word");
		if (language !== "") form.append("language", language);
		// Last: the rest is known before it is read.
		form.append("file", file, file.name);
		setHearing({ state: "sending", share: 0 });
		try {
			const answer = await xhr("POST", "/v1/audio/transcriptions", form, {
				signal: own.signal,
				onProgress: (sent) =>
					setHearing({ state: "sending", share: Math.min(1, sent / Math.max(1, file.size)) }),
			});
			setHearing({ state: "done", transcription: answer as Transcription });
		} catch (error) {
			if (!own.signal.aborted) setHearing({ state: "failed", error: toApiError(error) });
		}
	};
	return { hearing, start: (what: Listening) => void start(what), cancel };
}

export interface Spoken {
	blob: Blob;
	format: string;
}

/** The whole recording; it can be given up while it is being spoken. */
export function useSpeak() {
	const control = useRef<AbortController | null>(null);
	useEffect(() => () => control.current?.abort(), []);
	const speak = useMutation({
		mutationFn: async (body: SpeechCreate): Promise<Spoken> => {
			control.current = new AbortController();
			const { data } = await api.POST("/v1/audio/speech", {
				body,
				parseAs: "blob",
				signal: control.current.signal,
			});
			return { blob: data as Blob, format: body.response_format ?? "mp3" };
		},
	});
	return {
		...speak,
		cancel: () => {
			control.current?.abort();
			speak.reset();
		},
	};
}

/** An address of what lies in the page's memory, for as long as it is shown. */
export function useObjectUrl(blob: Blob | null): string | undefined {
	const [url, setUrl] = useState<string>();
	useEffect(() => {
		if (!blob) {
			setUrl(undefined);
			return;
		}
		const made = URL.createObjectURL(blob);
		setUrl(made);
		return () => URL.revokeObjectURL(made);
	}, [blob]);
	return url;
}
