// SPDX-License-Identifier: Apache-2.0
// The span of time that a usage page shows, and the buckets it is cut into. Everything is counted in UTC.

export const RANGES = [
	"hour",
	"day",
	"week",
	"month",
	"quarter",
	"thisMonth",
	"lastMonth",
] as const;
export type RangeName = (typeof RANGES)[number] | "custom";
export type Width = "1m" | "1h" | "1d";

/** Unix seconds; `to` is exclusive. */
export interface Range {
	from: number;
	to: number;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
export const SECONDS: Record<Width, number> = { "1m": MINUTE, "1h": HOUR, "1d": DAY };

/** At most so many buckets are asked for: more could not be told apart on a screen. */
const BUCKETS_MOST: Record<Width, number> = { "1m": 1440, "1h": 24 * 31, "1d": 366 };

const up = (seconds: number, width: number) => Math.ceil(seconds / width) * width;

function monthStart(seconds: number, months: number): number {
	const date = new Date(seconds * 1000);
	return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / 1000;
}

/** `nowS` is included; days and months are whole ones. */
export function rangeOf(name: RangeName, nowS: number, custom: Range | null): Range {
	const now = Math.floor(nowS) + 1;
	switch (name) {
		case "hour":
			return { from: up(now, MINUTE) - HOUR, to: up(now, MINUTE) };
		case "day":
			return { from: up(now, HOUR) - DAY, to: up(now, HOUR) };
		case "week":
			return { from: up(now, DAY) - 7 * DAY, to: up(now, DAY) };
		case "quarter":
			return { from: up(now, DAY) - 90 * DAY, to: up(now, DAY) };
		case "thisMonth":
			return { from: monthStart(nowS, 0), to: up(now, DAY) };
		case "lastMonth":
			return { from: monthStart(nowS, -1), to: monthStart(nowS, 0) };
		case "custom":
			if (custom && custom.to > custom.from) return custom;
			return rangeOf("month", nowS, null);
		default:
			return { from: up(now, DAY) - 30 * DAY, to: up(now, DAY) };
	}
}

/** The widths that fit, the best first. */
export function widthsFor(range: Range): Width[] {
	const length = range.to - range.from;
	const fitting = (["1d", "1h", "1m"] as const).filter(
		(width) => length / SECONDS[width] <= BUCKETS_MOST[width] && length >= SECONDS[width],
	);
	const good = [...fitting].sort((a, b) => distance(length, a) - distance(length, b));
	return good.length > 0 ? good : ["1d"];
}

/** How far the number of buckets is from what reads well: some forty. */
function distance(length: number, width: Width): number {
	return Math.abs(Math.log(length / SECONDS[width] / 40));
}

/** What a `datetime-local` field holds, read as UTC. */
export function fromField(text: string): number | null {
	const ms = Date.parse(`${text}Z`);
	return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

export function toField(seconds: number): string {
	return new Date(seconds * 1000).toISOString().slice(0, 16);
}
