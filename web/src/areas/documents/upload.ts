// SPDX-License-Identifier: Apache-2.0
// Sends files: small ones whole, larger ones in parts that are sent again alone when the connection was lost.

import { CONSOLE_HEADER } from "@/api/console-header";
import { ApiError, errorOf, isTransient, toApiError } from "@/api/errors";
import { serverNowS } from "@/api/server-clock";

export const PART_BYTES = 8 * 1024 * 1024;
/** What a store takes. */
export const STORE_BYTES_MOST = 512 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const TRIES = 6;
const KEPT = "bulkhead.uploads";

export type SendState =
	| "waiting"
	| "sending"
	| "stalled"
	| "attaching"
	| "done"
	| "failed"
	| "cancelled";

export interface PartRange {
	index: number;
	start: number;
	end: number;
}

export function partsOf(bytes: number, part = PART_BYTES): PartRange[] {
	const parts: PartRange[] = [];
	for (let start = 0; start < bytes; start += part)
		parts.push({ index: parts.length, start, end: Math.min(bytes, start + part) });
	return parts;
}

/** What another visit needs to go on with an upload. Ids only: nothing of the file, no secret. */
interface KeptUpload {
	id: string;
	expires: number;
	parts: (string | null)[];
}

const nameOf = (file: File) => `${file.name}:${file.size}:${file.lastModified}`;

function readKept(): Record<string, KeptUpload> {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
		return typeof kept === "object" && kept !== null ? (kept as Record<string, KeptUpload>) : {};
	} catch {
		// Without storage, or with something else's in it, uploads go on within this visit only.
		return {};
	}
}

function keep(file: File, upload: KeptUpload | null) {
	const kept = readKept();
	const now = serverNowS();
	const entries = Object.entries(kept).filter(([, each]) => each?.expires > now);
	const next = Object.fromEntries(entries);
	if (upload) next[nameOf(file)] = upload;
	else delete next[nameOf(file)];
	try {
		localStorage.setItem(KEPT, JSON.stringify(next));
	} catch {
		// As above.
	}
}

export interface SendOptions {
	signal: AbortSignal;
	purpose?: "assistants" | "fine-tune" | "vision";
	/** Seconds after which the file goes by itself; at least 3,600. */
	keepS?: number;
	/** Bytes that have arrived or are on their way. */
	onProgress: (sent: number) => void;
	/** The connection is lost; it goes on by itself. */
	onStalled: (stalled: boolean) => void;
	/** Replaced by tests. */
	transport?: Transport;
	wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type Transport = (
	method: string,
	url: string,
	body: FormData | string | null,
	options: { signal: AbortSignal; key?: string; onProgress?: (sent: number) => void },
) => Promise<unknown>;

/** The file's id. Throws ApiError; an abort throws one of code "cancelled". */
export async function sendFile(file: File, options: SendOptions): Promise<string> {
	const { signal, onProgress, transport = xhr } = options;
	if (file.size <= PART_BYTES) {
		const key = randomKey();
		const answer = await again(options, () => {
			const form = new FormData();
			form.append("purpose", options.purpose ?? "assistants");
			if (options.keepS !== undefined) {
				form.append("expires_after[anchor]", "created_at");
				form.append("expires_after[seconds]", String(options.keepS));
			}
			form.append("file", file, file.name);
			return transport("POST", "/v1/files", form, { signal, key, onProgress });
		});
		return idOf(answer);
	}
	return sendParts(file, options, transport);
}

async function sendParts(file: File, options: SendOptions, transport: Transport): Promise<string> {
	const { signal, onProgress } = options;
	const parts = partsOf(file.size);
	const upload = await begin(file, parts.length, options, transport);
	const sent = parts.map((part) => (upload.parts[part.index] ? part.end - part.start : 0));
	const tell = () => onProgress(sent.reduce((sum, each) => sum + each, 0));
	tell();
	const waiting = parts.filter((part) => !upload.parts[part.index]);
	const worker = async () => {
		for (let part = waiting.shift(); part; part = waiting.shift()) {
			const { index, start, end } = part;
			const key = randomKey();
			const answer = await again(options, () => {
				const form = new FormData();
				form.append("data", file.slice(start, end), "part");
				return transport("POST", `/v1/uploads/${upload.id}/parts`, form, {
					signal,
					key,
					onProgress: (bytes) => {
						sent[index] = Math.min(bytes, end - start);
						tell();
					},
				});
			});
			sent[index] = end - start;
			upload.parts[index] = idOf(answer);
			keep(file, upload);
			tell();
		}
	};
	try {
		await Promise.all(Array.from({ length: PARTS_AT_ONCE }, worker));
		const done = await again(options, () =>
			transport(
				"POST",
				`/v1/uploads/${upload.id}/complete`,
				JSON.stringify({ part_ids: upload.parts }),
				{
					signal,
				},
			),
		);
		keep(file, null);
		return idOf((done as { file?: unknown }).file);
	} catch (error) {
		if (signal.aborted) {
			keep(file, null);
			// What has arrived counts with what is stored: it goes at once rather than in an hour.
			void transport("POST", `/v1/uploads/${upload.id}/cancel`, null, {
				signal: new AbortController().signal,
			}).catch(() => undefined);
		}
		throw error;
	}
}

/** A new upload, or the one that an earlier visit has begun with the same file. */
async function begin(
	file: File,
	count: number,
	options: SendOptions,
	transport: Transport,
): Promise<KeptUpload> {
	const { signal } = options;
	const kept = readKept()[nameOf(file)];
	if (kept && kept.parts.length === count && kept.expires > serverNowS() + 60) {
		const there = await again(options, () =>
			transport("GET", `/v1/uploads/${kept.id}`, null, { signal }),
		).catch((error: unknown) => {
			if (toApiError(error).status === 404) return null;
			throw error;
		});
		if ((there as { status?: unknown } | null)?.status === "pending") return kept;
	}
	const key = randomKey();
	const made = (await again(options, () =>
		transport(
			"POST",
			"/v1/uploads",
			JSON.stringify({
				bytes: file.size,
				filename: file.name,
				mime_type: file.type || "application/octet-stream",
				purpose: options.purpose ?? "assistants",
				...(options.keepS !== undefined && {
					expires_after: { anchor: "created_at", seconds: options.keepS },
				}),
			}),
			{ signal, key },
		),
	)) as { id: string; expires_at: number };
	const upload = { id: made.id, expires: made.expires_at, parts: Array(count).fill(null) };
	keep(file, upload);
	return upload;
}

/** Until it succeeds, is refused, or has been tried often enough; a lost connection is waited for. */
async function again<T>(
	{ signal, onStalled, wait = pause }: SendOptions,
	act: () => Promise<T>,
): Promise<T> {
	for (let tries = 1; ; tries++) {
		try {
			const answer = await act();
			if (tries > 1) onStalled(false);
			return answer;
		} catch (error) {
			if (signal.aborted) throw new ApiError("Cancelled.", { code: "cancelled" });
			const known = toApiError(error);
			const waits = isTransient(known) || (known.status === 429 && known.retryAfterS !== undefined);
			if (!waits || tries >= TRIES) throw known;
			onStalled(true);
			await wait(known.retryAfterS ? known.retryAfterS * 1000 : 500 * 2 ** tries, signal);
		}
	}
}

/** Ends early when the browser says that the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const end = () => {
			clearTimeout(timer);
			window.removeEventListener("online", end);
			signal.removeEventListener("abort", end);
			resolve();
		};
		const timer = setTimeout(end, ms);
		window.addEventListener("online", end, { once: true });
		signal.addEventListener("abort", end, { once: true });
	});
}

/** fetch tells nothing of what was sent. */
export const xhr: Transport = (method, url, body, { signal, key, onProgress }) =>
	new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open(method, url);
		for (const [name, value] of Object.entries(CONSOLE_HEADER))
			request.setRequestHeader(name, value);
		if (key !== undefined) request.setRequestHeader("idempotency-key", key);
		if (typeof body === "string") request.setRequestHeader("content-type", "application/json");
		request.upload.onprogress = (event) => onProgress?.(event.loaded);
		request.onerror = () => reject(new ApiError("The connection was lost.", { code: "network" }));
		request.onabort = () => reject(new ApiError("Cancelled.", { code: "cancelled" }));
		request.onload = () => {
			const parsed = parse(request.responseText);
			if (request.status < 300) return resolve(parsed);
			const headers = new Headers();
			for (const name of ["retry-after", "x-request-id", "x-bulkhead-limit"]) {
				const value = request.getResponseHeader(name);
				if (value !== null) headers.set(name, value);
			}
			reject(errorOf(new Response(null, { status: request.status, headers }), parsed));
		};
		signal.addEventListener("abort", () => request.abort(), { once: true });
		if (signal.aborted) return reject(new ApiError("Cancelled.", { code: "cancelled" }));
		request.send(body);
	});

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

function idOf(answer: unknown): string {
	const id = (answer as { id?: unknown } | null)?.id;
	if (typeof id !== "string") throw new ApiError("The answer has no id.", { code: "unknown" });
	return id;
}

/** Not crypto.randomUUID: that is missing without https. */
export function randomKey(): string {
	return [...crypto.getRandomValues(new Uint8Array(16))]
		.map((byte) => byte.toString(16).padStart(2, "0"))
		.join("");
}
