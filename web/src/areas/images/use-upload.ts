// SPDX-License-Identifier: Apache-2.0
// One file at a time on its way to the platform, for what is then done with it by its id.
"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiError, toApiError } from "@/api/errors";
import { randomKey, type SendOptions, sendFile, xhr } from "@/areas/documents/upload";
import type { ImageAnalysis } from "./queries";

interface Uploading {
	name: string;
	/** From 0 to 1. */
	share: number;
	stalled: boolean;
}

export function useUpload() {
	const [uploading, setUploading] = useState<Uploading | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const control = useRef<AbortController | null>(null);
	const cancel = useCallback(() => control.current?.abort(), []);
	useEffect(() => cancel, [cancel]);

	/** Null: it failed, which is told, or was cancelled. */
	const under = async <T>(
		file: File,
		act: (options: SendOptions) => Promise<T>,
	): Promise<T | null> => {
		cancel();
		const own = new AbortController();
		control.current = own;
		setError(null);
		setUploading({ name: file.name, share: 0, stalled: false });
		try {
			return await act({
				signal: own.signal,
				onProgress: (sent) =>
					setUploading((now) => now && { ...now, share: sent / Math.max(1, file.size) }),
				onStalled: (stalled) => setUploading((now) => now && { ...now, stalled }),
			});
		} catch (failure) {
			if (!own.signal.aborted) setError(toApiError(failure));
			return null;
		} finally {
			if (control.current === own) setUploading(null);
		}
	};
	return {
		uploading,
		error,
		cancel,
		/** The id of its file. `keepS`: after so many seconds it goes by itself. */
		send: (file: File, keepS?: number) =>
			under(file, (options) => sendFile(file, { ...options, purpose: "vision", keepS })),
		/** What is in it; it is kept as a picture of the gallery. */
		analyse: (file: File) =>
			under(file, async ({ signal, onProgress }) => {
				const form = new FormData();
				form.append("store", "true");
				form.append("image", file, file.name);
				const key = randomKey();
				const answer = await xhr("POST", "/v1/images/analyses", form, { signal, key, onProgress });
				return answer as ImageAnalysis;
			}),
	};
}
