// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test, vi } from "vitest";
import { noteServerClock, serverNowMs } from "./server-clock";

const NOW = Date.parse("2026-03-01T12:00:00Z");

afterEach(() => {
	vi.useRealTimers();
	noteServerClock(new Date().toUTCString());
});

test.each([-3_600_000, 3_600_000])(
	"a reader's clock that is wrong by %d ms is made good",
	(wrong) => {
		vi.useFakeTimers({ now: NOW + wrong });
		noteServerClock(new Date(NOW).toUTCString());
		expect(serverNowMs()).toBe(NOW);
		vi.advanceTimersByTime(5000);
		expect(serverNowMs()).toBe(NOW + 5000);
	},
);

test("what the way of an answer takes is not a wrong clock, nor is an answer without a date", () => {
	vi.useFakeTimers({ now: NOW });
	noteServerClock(new Date(NOW - 20_000).toUTCString());
	expect(serverNowMs()).toBe(NOW);
	noteServerClock(null);
	noteServerClock("yesterday");
	expect(serverNowMs()).toBe(NOW);
});
