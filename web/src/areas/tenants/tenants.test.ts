// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { actsOf } from "./invoice-drawer";
import { type LimitForm, limitChange } from "./limits-tab";
import { dayBefore, dayCosts, subscriptionState, typedCount } from "./state";
import { typedGigabytes } from "./storage-tab";

const WAS: LimitForm = {
	requests: "60",
	concurrency: "",
	tokens: "",
	day: "",
	month: "25",
	total: "",
};

describe("limits", () => {
	test("only what differs is sent", () => {
		expect(limitChange(WAS, { ...WAS })).toEqual({ limits: {}, tokens: {}, budget: {} });
		expect(limitChange(WAS, { ...WAS, concurrency: "4", month: "30,5" })).toEqual({
			limits: { concurrency: 4 },
			tokens: {},
			budget: { month: "30.5" },
		});
	});

	test("emptied, a count is no limit and a budget is taken away", () => {
		expect(limitChange(WAS, { ...WAS, requests: "", month: "" })).toEqual({
			limits: { requests_per_minute: 0 },
			tokens: {},
			budget: { month: null },
		});
	});

	test("a budget of 0 is a budget", () => {
		expect(limitChange(WAS, { ...WAS, day: "0" })?.budget).toEqual({ day: "0" });
	});

	test("nothing is sent while something is no number", () => {
		expect(limitChange(WAS, { ...WAS, tokens: "many" })).toBeNull();
		expect(limitChange(WAS, { ...WAS, total: "-1" })).toBeNull();
	});

	test("numbers as they are typed", () => {
		expect(typedCount(" 12 ")).toBe(12);
		expect(typedCount("")).toBeNull();
		expect(typedCount("1.5")).toBeUndefined();
		expect(typedGigabytes("2,5")).toBe(2_500_000_000);
		expect(typedGigabytes("")).toBe(0);
		expect(typedGigabytes("-1")).toBeUndefined();
	});
});

describe("invoices", () => {
	test("each state admits its own acts", () => {
		expect(actsOf({ object: "invoice", status: "draft" })).toEqual(["finalize", "remove"]);
		expect(actsOf({ object: "invoice", status: "open" })).toContain("void");
		expect(actsOf({ object: "invoice", status: "paid" })).toEqual(["credit"]);
		expect(actsOf({ object: "invoice", status: "void" })).toEqual([]);
		expect(actsOf({ object: "credit_note", status: "open" })).toEqual([]);
	});
});

test("days begin at midnight of UTC", () => {
	expect(dayBefore(86_400 * 10 + 5, 0)).toBe(86_400 * 10);
	expect(dayBefore(86_400 * 10 + 5, 29)).toBe(86_400 * -19);
});

test("a day without costs is 0, not missing", () => {
	expect(
		dayCosts([
			{ start_time: 0, results: [] },
			{ start_time: 86_400, results: [{ amount: { value: "0.25", currency: "eur" } }] },
		]),
	).toEqual([
		{ day: 0, value: 0, exact: "0" },
		{ day: 86_400, value: 0.25, exact: "0.25" },
	]);
});

test("a state that this console does not know is none of its states", () => {
	expect(subscriptionState("past_due")).toBe("past_due");
	expect(subscriptionState("frozen")).toBeNull();
});
