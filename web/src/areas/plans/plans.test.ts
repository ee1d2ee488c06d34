// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import type { Plan } from "./queries";
import { byName, EMPTY, faults, formOf, itemsOf, pairsOf, perMillion, toPlan } from "./state";

const plan = (name: string, version: number, archived: number | null = null) =>
	({ name, version, archived_at: archived }) as Plan;

describe("prices of a file", () => {
	test.each([
		["1.5e-7", "0.15"],
		["0.00000015", "0.15"],
		["3e-6", "3"],
		["1.25e-05", "12.5"],
		["0", "0"],
		["0.0001", "100"],
		["1e-15", "0.000000001"],
		["0.1", "100000"],
	])("%s by token is %s by a million, exactly", (token, million) => {
		expect(perMillion(token)).toBe(million);
	});

	test.each(["", "-1", "NaN", "1e", "0x10", "1 2"])("%j is no price", (text) => {
		expect(perMillion(text)).toBeNull();
	});

	test("models without a price by token are counted, not imported", () => {
		const file = {
			sample_spec: { input_cost_per_token: 1 },
			"gpt-x": {
				input_cost_per_token: 1.5e-7,
				output_cost_per_token: 6e-7,
				cache_read_input_token_cost: "7.5e-8",
			},
			"image-y": { input_cost_per_image: 0.04 },
		};
		expect(itemsOf(JSON.stringify(file))).toEqual({
			items: [{ item: "gpt-x", prices: { input: "0.15", output: "0.6", cached: "0.075" } }],
			left: 1,
		});
	});

	test.each(["", "[]", "null", "3", "{"])("%j is no file of prices", (text) => {
		expect(itemsOf(text)).toBeNull();
	});
});

describe("plans", () => {
	test("versions stand together, newest first, archived plans last", () => {
		const groups = byName([plan("b", 1), plan("a", 1, 5), plan("b", 2), plan("c", 1)]);
		expect(groups.map((group) => group.map((each) => `${each.name}${each.version}`))).toEqual([
			["b2", "b1"],
			["c1"],
			["a1"],
		]);
	});

	test("lines are pairs, and others are refused", () => {
		expect(pairsOf("input = 1000000\n\n output=0.6/million ")).toEqual({
			input: "1000000",
			output: "0.6/million",
		});
		expect(pairsOf("input")).toBeNull();
	});

	test("what is wrong is named", () => {
		expect(faults(EMPTY)).toEqual(["name"]);
		expect(
			faults({ ...EMPTY, name: "team", price: "1e3", seats: "-1", included: "input = many" }),
		).toEqual(["price", "seats", "included"]);
	});

	test("a form becomes a request; a revision has no name of its own", () => {
		const form = {
			...EMPTY,
			name: "team",
			price: "49,50",
			currency: "eur",
			included: "input = 1000",
			entitlements: "rag\n\nmodel:x",
		};
		expect(toPlan(form, false)).toMatchObject({
			name: "team",
			price: "49.50",
			currency: "EUR",
			seats: 0,
			included: { input: 1000 },
			entitlements: ["rag", "model:x"],
		});
		expect(toPlan(form, true)).not.toHaveProperty("name");
	});

	test("a version fills the form that makes the same version", () => {
		const was = {
			...plan("team", 3),
			price: "49.5",
			currency: "EUR",
			interval: "year",
			billing: "prepaid",
			credit: "0",
			trial_days: 14,
			seats: 5,
			requests_per_minute: 0,
			concurrency: 8,
			tokens_per_minute: 0,
			public: true,
			included: { input: 1000 },
			overage: { output: "0.6/million" },
			entitlements: ["*"],
		} as unknown as Plan;
		expect(toPlan(formOf(was), true)).toEqual({
			price: "49.5",
			currency: "EUR",
			interval: "year",
			billing: "prepaid",
			credit: "0",
			trial_days: 14,
			seats: 5,
			requests_per_minute: 0,
			concurrency: 8,
			tokens_per_minute: 0,
			public: true,
			included: { input: 1000 },
			overage: { output: "0.6/million" },
			entitlements: ["*"],
		});
	});
});
