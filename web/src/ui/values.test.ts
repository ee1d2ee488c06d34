// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { stack, timeRange } from "./chart";
import { moneyParts } from "./format";
import { sparkPoints } from "./spark";
import { compare } from "./table";

test.each([
	[0, 0, 2],
	[1_000_000_000, 1, 2],
	["48230000000", 48.23, 2],
	[10_000_000, 0.01, 2],
	[4_200_000, 0.0042, 4],
	[42_000, 0.000042, 6],
	[1, 1e-9, 9],
	[-2_500_000_000n, -2.5, 2],
	["9007199254740992000000001", 9007199254740992, 2],
])("%s nano-units are an amount with digits that show it", (nanos, value, digits) => {
	expect(moneyParts(nanos)).toEqual({ value, digits });
});

test("rows without a value come last, numbers are compared as numbers, names as people do", () => {
	expect([3, null, 20, 1].sort(compare)).toEqual([1, 3, 20, null]);
	expect(["file 10", "file 9", "File 1"].sort(compare)).toEqual(["File 1", "file 9", "file 10"]);
});

test("bars stand on each other; an absent value adds nothing", () => {
	const series = [
		{ label: "a", values: [1, null, 3] },
		{ label: "b", values: [10, 20, null] },
	];
	expect(stack(series)).toEqual([
		[1, 0, 3],
		[11, 20, 3],
	]);
});

test("bars have room at both ends, lines reach them", () => {
	expect(timeRange([100, 200, 300], "bars")).toEqual([50, 350]);
	expect(timeRange([100, 200, 300], "line")).toEqual([100, 300]);
	expect(timeRange([100], "line")[0]).toBeLessThan(100);
});

test("a sparkline begins at zero and reaches the top with its largest value", () => {
	expect(sparkPoints([0, 10, 5])).toBe("0.00,23.00 50.00,1.00 100.00,12.00");
	expect(sparkPoints([0, 0])).toBe("0.00,23.00 100.00,23.00");
});
