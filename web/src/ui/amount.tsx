// SPDX-License-Identifier: Apache-2.0
// Amounts that the API writes as decimal numbers of the currency, exact to nine decimals.
"use client";
import { Money } from "./format";

const DIGITS = 9;

/** "12.5" → 12500000000n. What is no number is null. */
export function decimalToNanos(text: string): bigint | null {
	const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
	if (!match) return null;
	const nanos = BigInt(`${match[2]}${(match[3] ?? "").padEnd(DIGITS, "0")}`);
	return match[1] === "-" ? -nanos : nanos;
}

/** What a reader typed, as the API takes it: a comma is a point, blanks and nothing are null. Undefined: no amount. */
export function typedAmount(text: string): string | null | undefined {
	const plain = text.trim().replace(",", ".");
	if (plain === "") return null;
	return /^\d{1,9}(\.\d{1,9})?$/.test(plain) ? plain : undefined;
}

/** Without a currency, the number as it came. */
export function Amount({ value, currency }: { value: string; currency: string | null }) {
	const nanos = decimalToNanos(value);
	return nanos === null || currency === null ? value : <Money nanos={nanos} currency={currency} />;
}
