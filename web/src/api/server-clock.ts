// SPDX-License-Identifier: Apache-2.0
// The platform's clock: "five minutes ago" is by the clock that wrote the time, not by a reader's that may be wrong.

/** Less is the way of the answer, and the second that the header is cut to. */
const NOTED_FROM_MS = 60_000;

let aheadMs = 0;

/** From an answer's `date`. */
export function noteServerClock(date: string | null): void {
	const told = date === null ? Number.NaN : Date.parse(date);
	if (Number.isNaN(told)) return;
	const ahead = told - Date.now();
	aheadMs = Math.abs(ahead) < NOTED_FROM_MS ? 0 : ahead;
}

/** How far it is ahead of the reader's. */
export const serverAheadMs = (): number => aheadMs;
export const serverNowMs = (): number => Date.now() + aheadMs;
export const serverNowS = (): number => serverNowMs() / 1000;
