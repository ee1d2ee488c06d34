// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { meters } from "./plan-facts";
import { mayChangeNow } from "./plans";
import type { Plan, Subscription } from "./queries";

const plan = { interval: "month", billing: "arrears", price: "9.5" } as Plan;
const dearer = { ...plan, price: "10" };
const subscription = { state: "active", plan } as Subscription;

it("a plan begins at once only if it costs more and is billed alike", () => {
	expect(mayChangeNow(subscription, dearer)).toBe(true);
	expect(mayChangeNow(subscription, { ...plan, price: "9.50" })).toBe(false);
	expect(mayChangeNow(subscription, { ...dearer, interval: "year" })).toBe(false);
	expect(mayChangeNow(subscription, { ...dearer, billing: "prepaid" })).toBe(false);
	expect(mayChangeNow({ ...subscription, state: "past_due" }, dearer)).toBe(false);
});

it("meters are read as they come, whatever they are", () => {
	expect(meters({ "chat.output_tokens": 2, "search.units": "0.6/million" })).toEqual([
		["chat.output_tokens", "2"],
		["search.units", "0.6/million"],
	]);
	for (const nothing of [null, undefined, "x", {}]) expect(meters(nothing)).toEqual([]);
});
