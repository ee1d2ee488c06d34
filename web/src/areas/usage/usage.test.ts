// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { components } from "@/api/schema.gen";
import { readThresholds, toChange } from "./budget-dialog";
import { forecast, spanStart } from "./forecast";
import { csvPath, eventsQuery, sumsQuery } from "./queries";
import { fromField, rangeOf, toField, widthsFor } from "./range";
import { type Bucket, groupsOf, seriesOf, totalOf } from "./sums";

const at = (text: string) => Date.parse(text) / 1000;
const NOW = at("2026-03-15T10:20:30Z");
const DAY = 86_400;

describe("the span of time", () => {
	it("holds now and ends with the bucket that does", () => {
		expect(rangeOf("month", NOW, null)).toEqual({
			from: at("2026-02-14T00:00:00Z"),
			to: at("2026-03-16T00:00:00Z"),
		});
		expect(rangeOf("hour", NOW, null).to).toBe(at("2026-03-15T10:21:00Z"));
	});

	it("knows the months of UTC, over the turn of a year too", () => {
		expect(rangeOf("lastMonth", at("2026-01-01T00:00:00Z"), null)).toEqual({
			from: at("2025-12-01T00:00:00Z"),
			to: at("2026-01-01T00:00:00Z"),
		});
		expect(rangeOf("thisMonth", NOW, null).from).toBe(at("2026-03-01T00:00:00Z"));
	});

	it("takes what was chosen, and a month where that is no span", () => {
		expect(rangeOf("custom", NOW, { from: 5, to: 9 })).toEqual({ from: 5, to: 9 });
		expect(rangeOf("custom", NOW, { from: 9, to: 5 })).toEqual(rangeOf("month", NOW, null));
	});

	it("offers buckets that can be told apart, the best first", () => {
		expect(widthsFor({ from: 0, to: 30 * DAY })[0]).toBe("1d");
		expect(widthsFor({ from: 0, to: DAY })[0]).toBe("1h");
		expect(widthsFor({ from: 0, to: 3600 })).toEqual(["1m", "1h"]);
		expect(widthsFor({ from: 0, to: 90 * DAY })).toEqual(["1d"]);
	});

	it("reads a field as UTC and writes it back", () => {
		expect(fromField("2026-03-15T10:20")).toBe(at("2026-03-15T10:20:00Z"));
		expect(toField(at("2026-03-15T10:20:00Z"))).toBe("2026-03-15T10:20");
		expect(fromField("")).toBeNull();
	});
});

type Sum = components["schemas"]["UsageSum"];

function sum(more: Partial<Sum>): Sum {
	return {
		object: "usage.sum",
		kind: "chat",
		calls: 1,
		input_tokens: 10,
		input_cached_tokens: 0,
		output_tokens: 1,
		units: 0,
		amount: { value: 0.5, currency: "eur" },
		project_id: null,
		user_id: null,
		api_key_id: null,
		model: null,
		...more,
	};
}

function bucket(start: number, results: Sum[]): Bucket {
	return { object: "bucket", start_time: start, end_time: start + DAY, results };
}

describe("sums", () => {
	const buckets = [
		bucket(0, [sum({ model: "a" }), sum({ model: "b", amount: { value: 0.1, currency: "eur" } })]),
		bucket(DAY, []),
		bucket(2 * DAY, [sum({ model: "b", calls: 7, amount: { value: 0.2, currency: "eur" } })]),
	];

	it("are grouped, the largest first, and add up to the nano-unit", () => {
		const groups = groupsOf(buckets, "model", "cost");
		expect(groups.map((group) => [group.id, group.nanos])).toEqual([
			["a", 500_000_000],
			["b", 300_000_000],
		]);
		expect(groupsOf(buckets, "model", "requests")[0]?.id).toBe("b");
		expect(totalOf(groups)).toEqual({
			requests: 9,
			input: 30,
			output: 3,
			units: 0,
			nanos: 800_000_000,
		});
	});

	it("become a series each, with a value for every bucket, the rest together", () => {
		const many = [
			bucket(
				0,
				[..."abcdefgh"].map((model) => sum({ model })),
			),
		];
		const series = seriesOf(groupsOf(many, "model", "cost"), "cost", (group) => group.id, "rest");
		expect(series).toHaveLength(6);
		expect(series.at(-1)).toEqual({ label: "rest", values: [1.5] });
		const [first] = seriesOf(groupsOf(buckets, "model", "cost"), "cost", (each) => each.id, "rest");
		expect(first?.values).toEqual([0.5, 0, 0]);
	});

	it("keep two groups of one name apart", () => {
		const two = [bucket(0, [sum({ api_key_id: "x" }), sum({ api_key_id: "y" })])];
		const series = seriesOf(groupsOf(two, "key", "cost"), "cost", () => "CI", "rest");
		expect(series.map((each) => each.label)).toEqual(["CI", "CI (2)"]);
	});
});

describe("what is asked", () => {
	const filter = { model: "a b", key: "k", member: "", team: "t" };

	it("says the same for the list and for the CSV", () => {
		const query = eventsQuery(filter, { from: 1, to: 2 }, "r");
		const csv = new URL(csvPath(false, filter, { from: 1, to: 2 }, "r"), "http://h").searchParams;
		expect(csv.get("format")).toBe("csv");
		csv.delete("format");
		expect(Object.fromEntries(csv)).toEqual(
			Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
		);
	});

	it("has nothing of what is not filtered", () => {
		expect(sumsQuery({ ...filter, team: "" }, { from: 1, to: 2 }, "1d", "member")).toEqual({
			start_time: 1,
			end_time: 2,
			bucket_width: "1d",
			limit: 31,
			group_by: ["user_id"],
			models: ["a b"],
			api_key_ids: ["k"],
		});
	});
});

describe("a forecast", () => {
	const ends = at("2026-04-01T00:00:00Z");
	const half = at("2026-03-16T12:00:00Z");

	it("goes on at the pace so far, exactly", () => {
		expect(spanStart("month", ends)).toBe(at("2026-03-01T00:00:00Z"));
		expect(forecast("month", 500n, null, ends, half)).toEqual({ nanos: 1000n, reachedAt: null });
	});

	it("says when the limit is reached", () => {
		expect(forecast("month", 500n, 750n, ends, half)?.reachedAt).toBe(at("2026-03-24T06:00:00Z"));
		expect(forecast("month", 500n, 1000n, ends, half)?.reachedAt).toBeNull();
	});

	it("is none when too little has passed, or the span is over", () => {
		expect(forecast("day", 500n, null, ends, ends - DAY + 60)).toBeNull();
		expect(forecast("day", 500n, null, ends, ends + 1)).toBeNull();
	});
});

describe("a budget's form", () => {
	it("reads percentages, each once and in order", () => {
		expect(readThresholds("100, 80;80 50")).toEqual([50, 80, 100]);
		for (const bad of ["", "0", "101", "8.5", "x", "1 2 3 4 5 6 7 8 9 10 11"])
			expect(readThresholds(bad)).toBeNull();
	});

	it("takes a comma for a point, nothing for no limit, and refuses the rest", () => {
		const form = { day: "0,5", month: "", total: " 20 ", thresholds: "80" };
		expect(toChange(form)).toEqual({ day: "0.5", month: null, total: "20", thresholds: [80] });
		for (const day of ["-1", "1.000,5", "1e3", "x"]) expect(toChange({ ...form, day })).toBeNull();
	});
});
