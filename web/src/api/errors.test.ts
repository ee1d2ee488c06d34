// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { ApiError, describe, errorOf, isTransient, toApiError } from "./errors";

function answer(status: number, headers: Record<string, string> = {}) {
	return new Response(null, { status, headers });
}

test("an error of the API keeps its sentence, code, request id and wait", () => {
	const error = errorOf(answer(429, { "retry-after": "12", "x-request-id": "abc" }), {
		error: {
			message: "Too many requests.",
			type: "rate_limit_error",
			param: "requests_per_minute",
			code: "rate_limit_exceeded",
		},
	});
	expect(error).toMatchObject({
		message: "Too many requests.",
		status: 429,
		code: "rate_limit_exceeded",
		requestId: "abc",
		retryAfterS: 12,
		limit: "requests_per_minute",
	});
	expect(describe(error)).toEqual({ sentence: null, advice: "wait" });
});

test.each([null, "text", { error: null }, { error: { message: 5 } }, []])(
	"the answer %j is an error with the status at least",
	(body) => {
		expect(errorOf(answer(502), body)).toMatchObject({
			message: "HTTP 502",
			status: 502,
			code: "unknown",
			retryAfterS: undefined,
		});
	},
);

test("what fetch throws without a connection is a network error and may be tried again", () => {
	const error = toApiError(new TypeError("Failed to fetch"));
	expect(error.code).toBe("network");
	expect(isTransient(error)).toBe(true);
});

test("a used-up budget is not waited for", () => {
	const error = new ApiError("The budget is exhausted.", {
		status: 429,
		code: "insufficient_quota",
	});
	expect(describe(error).advice).toBe("raiseBudget");
	expect(isTransient(error)).toBe(false);
});
