// SPDX-License-Identifier: Apache-2.0
// What will have been spent when a day or a month ends, if it goes on as it did.

const DAY = 86_400;

export interface Forecast {
	/** Nano-units at the end. */
	nanos: bigint;
	/** Unix seconds at which the limit is reached before the end; null: it is not. */
	reachedAt: number | null;
}

/** When the span that ends then began. */
export function spanStart(span: "day" | "month", endsAt: number): number {
	if (span === "day") return endsAt - DAY;
	const end = new Date(endsAt * 1000);
	return Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 1, 1) / 1000;
}

/** Null in the first twentieth of the span: too little has passed to tell. */
export function forecast(
	span: "day" | "month",
	spent: bigint,
	limit: bigint | null,
	endsAt: number,
	nowS: number,
): Forecast | null {
	const start = spanStart(span, endsAt);
	const passed = Math.floor(nowS) - start;
	const length = endsAt - start;
	if (passed < length / 20 || passed > length) return null;
	const nanos = (spent * BigInt(length)) / BigInt(passed);
	if (limit === null || spent >= limit || nanos <= limit) return { nanos, reachedAt: null };
	return { nanos, reachedAt: start + Number((limit * BigInt(passed)) / spent) };
}
