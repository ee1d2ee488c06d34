// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { decimalToNanos, shareOf, typedAmount } from "./decimal";

test("decimals become nano-units, digit for digit", () => {
	expect(decimalToNanos("12.5")).toBe(12_500_000_000n);
	expect(decimalToNanos("-3")).toBe(-3_000_000_000n);
	expect(decimalToNanos("-0.000000001")).toBe(-1n);
	expect(decimalToNanos("90071992547409931.123456789")).toBe(90_071_992_547_409_931_123_456_789n);
});

test("what is no number of at most nine decimals is null", () => {
	for (const bad of ["", "1.", ".5", "1.0000000001", "1e3", "1,5", "NaN", "--1"])
		expect(decimalToNanos(bad)).toBeNull();
});

test("a share is of a limit, and one of 0 is used up", () => {
	expect(shareOf("4", "5")).toBe(0.8);
	expect(shareOf("7.5", "5")).toBe(1.5);
	expect(shareOf("0", "0")).toBe(1);
	expect(shareOf("4", null)).toBeNull();
});

test("what is typed is an amount, nothing, or refused", () => {
	expect(typedAmount(" 0,50 ")).toBe("0.50");
	expect(typedAmount("")).toBeNull();
	expect(typedAmount("1.000,5")).toBeUndefined();
});
