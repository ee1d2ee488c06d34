// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { toRequest } from "./create-dialog";
import { keyState } from "./state";

const DAY = 86_400;

test.each([
	["active", { revoked_at: null, expires_at: null }],
	["active", { revoked_at: null, expires_at: 100 * DAY }],
	["expires", { revoked_at: null, expires_at: 16 * DAY }],
	["expired", { revoked_at: null, expires_at: 10 * DAY }],
	["revoked", { revoked_at: 1, expires_at: 100 * DAY }],
] as const)("a key is %s", (state, key) => {
	expect(keyState(key, 10 * DAY)).toBe(state);
});

test("standard rights and no limit are left to the API", () => {
	expect(
		toRequest(
			{ name: "a", days: "90", requestsPerMinute: "", rights: "standard", scopes: ["keys:write"] },
			1000.7,
		),
	).toEqual({
		name: "a",
		expires_at: 1000 + 90 * DAY,
		requests_per_minute: null,
		scopes: null,
	});
});

test("chosen rights are exactly those, even none", () => {
	expect(
		toRequest(
			{ name: "a", days: "never", requestsPerMinute: "60", rights: "chosen", scopes: [] },
			0,
		),
	).toEqual({
		name: "a",
		expires_at: null,
		requests_per_minute: 60,
		scopes: [],
	});
});
