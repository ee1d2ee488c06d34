// SPDX-License-Identifier: Apache-2.0
// Errors in one form, whatever failed: the API, the network, or the answer's shape.

export class ApiError extends Error {
	override name = "ApiError";
	/** HTTP status; 0 when there was no answer. */
	readonly status: number;
	/** The API's stable code, or "network". */
	readonly code: string;
	readonly param: string | undefined;
	readonly requestId: string | undefined;
	/** Seconds until a retry may succeed. */
	readonly retryAfterS: number | undefined;
	/** The limit that was reached, where the answer names one. */
	readonly limit: string | undefined;
	readonly body: unknown;

	constructor(message: string, details: Partial<Omit<ApiError, "name" | "message">>) {
		super(message);
		this.status = details.status ?? 0;
		this.code = details.code ?? "unknown";
		this.param = details.param;
		this.requestId = details.requestId;
		this.retryAfterS = details.retryAfterS;
		this.limit = details.limit;
		this.body = details.body;
	}
}

interface Body {
	error?: { message?: unknown; code?: unknown; param?: unknown };
}

function text(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** From the API's answer and what was read of its body. */
export function errorOf(response: Response, body: unknown): ApiError {
	const error =
		(typeof body === "object" && body !== null ? (body as Body).error : undefined) ?? {};
	const wait = Number(response.headers.get("retry-after"));
	const param = text(error.param);
	return new ApiError(text(error.message) ?? `HTTP ${response.status}`, {
		status: response.status,
		code: text(error.code) ?? "unknown",
		param,
		requestId: response.headers.get("x-request-id") ?? undefined,
		retryAfterS: Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : undefined,
		limit: response.status === 429 ? param : undefined,
		body,
	});
}

export function toApiError(error: unknown): ApiError {
	if (error instanceof ApiError) return error;
	// What fetch throws without a connection.
	if (error instanceof TypeError) return new ApiError(error.message, { code: "network" });
	return new ApiError(error instanceof Error ? error.message : String(error), {});
}

/** Keys of the messages "errors": what happened and what to do. Null: the API's own sentence is the best. */
export function describe(error: ApiError): { sentence: Sentence | null; advice: Advice | null } {
	if (error.code === "network") return { sentence: "network", advice: "networkAdvice" };
	if (error.code === "csrf_failed") return { sentence: "csrf", advice: "reload" };
	if (error.status === 401) return { sentence: "signedOut", advice: "signIn" };
	if (error.status === 404) return { sentence: "notFound", advice: "notFoundAdvice" };
	if (error.code === "insufficient_permissions")
		return { sentence: "forbidden", advice: "askAdmin" };
	if (error.status === 429 && error.code === "insufficient_quota")
		return { sentence: null, advice: "raiseBudget" };
	if (error.status === 429) return { sentence: null, advice: "wait" };
	if (error.status === 503 || error.status === 504) return { sentence: null, advice: "wait" };
	if (error.status >= 500) return { sentence: null, advice: "tellOperator" };
	return { sentence: null, advice: null };
}

type Sentence = "network" | "csrf" | "signedOut" | "notFound" | "forbidden";
type Advice =
	| "networkAdvice"
	| "reload"
	| "signIn"
	| "notFoundAdvice"
	| "askAdmin"
	| "raiseBudget"
	| "wait"
	| "tellOperator";

/** Whether asking again by itself is sensible: a part of the platform is away for a moment. */
export function isTransient(error: unknown): boolean {
	const known = toApiError(error);
	return known.code === "network" || known.status === 503 || known.status === 504;
}
