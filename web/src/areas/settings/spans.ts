// SPDX-License-Identifier: Apache-2.0
// The lengths of sessions that are offered; what was set by other means stays among them.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** 0: what the installation has. */
export const IDLE = [0, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY];
export const MOST = [0, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 7 * DAY, 30 * DAY];

export function withCurrent(spans: number[], current: number): number[] {
	return spans.includes(current) ? spans : [...spans, current].sort((a, b) => a - b);
}

/** In the largest unit that holds it without a rest. */
export function lengthOf(seconds: number): {
	count: number;
	unit: "day" | "hour" | "minute" | "second";
} {
	if (seconds % DAY === 0) return { count: seconds / DAY, unit: "day" };
	if (seconds % HOUR === 0) return { count: seconds / HOUR, unit: "hour" };
	if (seconds % MINUTE === 0) return { count: seconds / MINUTE, unit: "minute" };
	return { count: seconds, unit: "second" };
}
