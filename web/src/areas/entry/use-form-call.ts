// SPDX-License-Identifier: Apache-2.0
// One form that makes one call: whether it is under way, and what went wrong in the reader's words.
"use client";
import { type FormEvent, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { type ApiError, describe, toApiError } from "@/api/errors";

/** `refused`: what an answer 401 means here. */
export function useFormCall(refused: "wrong" | "badLinkText" = "wrong") {
	const t = useTranslations("entry");
	const errors = useTranslations("errors");
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const running = useRef(false);

	/** What the reader is told; null: the caller has dealt with it. */
	const words = (error: ApiError): string => {
		if (error.status === 401) return t(refused);
		if (error.status === 429)
			return error.retryAfterS === undefined
				? t("tooOften")
				: t("tooOftenFor", { seconds: error.retryAfterS });
		const { sentence } = describe(error);
		return sentence === null || error.status === 404 ? error.message : errors(sentence);
	};

	/** `act` may return true from `handled` for an error that is a step, not a failure. */
	const run = async (
		event: FormEvent | null,
		act: () => Promise<void>,
		handled?: (error: ApiError) => boolean,
	) => {
		event?.preventDefault();
		if (running.current) return;
		running.current = true;
		setBusy(true);
		setProblem(null);
		try {
			await act();
		} catch (failure) {
			const error = toApiError(failure);
			if (!handled?.(error)) setProblem(words(error));
		} finally {
			running.current = false;
			setBusy(false);
		}
	};
	return { busy, problem, setProblem, run };
}
