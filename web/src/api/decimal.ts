// SPDX-License-Identifier: Apache-2.0
// Amounts that the API writes as decimal numbers, as the whole nano-units that <Money> takes.

/** Digits beyond the ninth are cut; what is no number is 0. */
export function nanosOf(decimal: string): bigint {
	const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal.trim());
	if (!match) return 0n;
	const [, sign, whole = "0", part = ""] = match;
	const nanos = BigInt(whole) * 1_000_000_000n + BigInt(part.slice(0, 9).padEnd(9, "0"));
	return sign === "-" ? -nanos : nanos;
}

/** How much of a limit is used, from 0; null without one. A limit of 0 is used up. */
export function shareOf(spent: string, limit: string | null): number | null {
	if (limit === null) return null;
	const most = nanosOf(limit);
	return most === 0n ? 1 : Number((nanosOf(spent) * 10_000n) / most) / 10_000;
}
