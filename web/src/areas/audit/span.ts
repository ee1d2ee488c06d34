// SPDX-License-Identifier: Apache-2.0
// The times that the log is narrowed to.

export const SPANS = ["any", "hour", "day", "week", "month", "custom"] as const;
export type SpanName = (typeof SPANS)[number];

const LENGTHS: Partial<Record<SpanName, number>> = {
	hour: 3600,
	day: 86_400,
	week: 7 * 86_400,
	month: 30 * 86_400,
};

/** `minute` is now, rounded down: what is asked stays the same within one. */
export function spanOf(
	name: SpanName,
	minute: number,
	custom: { from: number | null; to: number | null },
): { from: number | null; to: number | null } {
	const length = LENGTHS[name];
	if (length !== undefined) return { from: minute - length, to: null };
	return name === "custom" ? custom : { from: null, to: null };
}
