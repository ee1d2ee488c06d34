// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { decimalToNanos, typedAmount } from "./amount";

it("decimals are read to the last nano-unit", () => {
	expect(decimalToNanos("12.5")).toBe(12_500_000_000n);
	expect(decimalToNanos("-0.000000001")).toBe(-1n);
	expect(decimalToNanos("9007199254740993")).toBe(9_007_199_254_740_993_000_000_000n);
	for (const bad of ["", "1.", ".5", "1.0000000001", "1e3", "x"])
		expect(decimalToNanos(bad)).toBeNull();
});

it("what is typed is an amount, nothing, or refused", () => {
	expect(typedAmount(" 0,50 ")).toBe("0.50");
	expect(typedAmount("")).toBeNull();
	expect(typedAmount("1.000,5")).toBeUndefined();
});
