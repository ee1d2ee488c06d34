// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { IDLE, lengthOf, withCurrent } from "./spans";

it("what is set by other means stays among what is offered", () => {
	expect(withCurrent(IDLE, 3600)).toBe(IDLE);
	expect(withCurrent([0, 900, 3600], 1000)).toEqual([0, 900, 1000, 3600]);
});

it("a length is written in the largest unit without a rest", () => {
	expect(lengthOf(2 * 86_400)).toEqual({ count: 2, unit: "day" });
	expect(lengthOf(90 * 60)).toEqual({ count: 90, unit: "minute" });
	expect(lengthOf(61)).toEqual({ count: 61, unit: "second" });
});
