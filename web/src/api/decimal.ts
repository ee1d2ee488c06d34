// SPDX-License-Identifier: Apache-2.0
// Amounts as the API writes them, decimal numbers exact to nine decimals, and as readers type them.

const DIGITS = 9;

/** "12.5" → 12500000000n, what <Money> takes. What is no number is null. */
export function decimalToNanos(text: string): bigint | null {
	const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
	if (!match) return null;
	const nanos = BigInt(`${match[2]}${(match[3] ?? "").padEnd(DIGITS, "0")}`);
	return match[1] === "-" ? -nanos : nanos;
}

/** How much of a limit is used, from 0; null without one. A limit of 0 is used up. */
export function shareOf(spent: string, limit: string | null): number | null {
	if (limit === null) return null;
	const most = decimalToNanos(limit) ?? 0n;
	return most === 0n ? 1 : Number(((decimalToNanos(spent) ?? 0n) * 10_000n) / most) / 10_000;
}

/** What a reader typed, as the API takes it: a comma is a point, blanks and nothing are null. Undefined: no amount. */
export function typedAmount(text: string): string | null | undefined {
	const plain = text.trim().replace(",", ".");
	if (plain === "") return null;
	return /^\d{1,9}(\.\d{1,9})?$/.test(plain) ? plain : undefined;
}
