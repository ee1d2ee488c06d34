// SPDX-License-Identifier: Apache-2.0
// An amount that the API wrote as a decimal number.
"use client";
import { decimalToNanos } from "@/api/decimal";
import { Money } from "./format";

/** Without a currency, the number as it came. */
export function Amount({ value, currency }: { value: string; currency: string | null }) {
	const nanos = decimalToNanos(value);
	return nanos === null || currency === null ? value : <Money nanos={nanos} currency={currency} />;
}
