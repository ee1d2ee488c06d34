// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { nanosOf, shareOf } from "./decimal";

test("decimals become nano-units, digit for digit", () => {
	expect(nanosOf("12.5")).toBe(12_500_000_000n);
	expect(nanosOf("0.000000001")).toBe(1n);
	expect(nanosOf("-3")).toBe(-3_000_000_000n);
	expect(nanosOf("90071992547409931.123456789")).toBe(90071992547409931123456789n);
});

test("digits beyond the ninth are cut, and what is no number is nothing", () => {
	expect(nanosOf("1.0000000019")).toBe(1_000_000_001n);
	for (const text of ["", "1e3", "1,5", "NaN", "--1"]) expect(nanosOf(text)).toBe(0n);
});

test("a share is of a limit, and one of 0 is used up", () => {
	expect(shareOf("4", "5")).toBe(0.8);
	expect(shareOf("7.5", "5")).toBe(1.5);
	expect(shareOf("0", "0")).toBe(1);
	expect(shareOf("4", null)).toBeNull();
});
