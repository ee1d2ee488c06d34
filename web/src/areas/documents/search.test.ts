// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { readConditions, readValue, toFilter, writeConditions, writeValue } from "./filters";
import { PRESET, readBench, toSearch, writeBench } from "./search-state";
import { searchSnippets } from "./snippets";

describe("values", () => {
	test("numbers, true and false are themselves; what is quoted is text", () => {
		expect(readValue(" 12 ")).toBe(12);
		expect(readValue("-0.5")).toBe(-0.5);
		expect(readValue("true")).toBe(true);
		expect(readValue('"12"')).toBe("12");
		expect(readValue("2025-01-01")).toBe("2025-01-01");
	});

	test("are read back as they were", () => {
		for (const value of [12, -0.5, true, false, "12", "true", "north", '"a"', ""])
			expect(readValue(writeValue(value))).toBe(value);
	});
});

describe("filters", () => {
	test("one is itself, several are joined, one without a key is none", () => {
		const north = { key: "area", type: "eq", value: "north" } as const;
		const late = { key: "year", type: "gte", value: "2024" } as const;
		expect(toFilter({ join: "and", list: [north, { ...north, key: " " }] })).toEqual(north);
		expect(toFilter({ join: "or", list: [north, late] })).toEqual({
			type: "or",
			filters: [north, { ...late, value: 2024 }],
		});
		expect(toFilter({ join: "and", list: [] })).toBeNull();
	});

	test("lists are divided at commas", () => {
		expect(toFilter({ join: "and", list: [{ key: "a", type: "in", value: "x, 2" }] })).toEqual({
			type: "in",
			key: "a",
			value: ["x", 2],
		});
	});

	test("of an address are read with care", () => {
		for (const text of ["", "{", "null", "[]", '{"list":7}', '{"list":[{"key":1}]}'])
			expect(readConditions(text).list).toEqual([]);
		const conditions = { join: "or", list: [{ key: "a", type: "ne", value: "b" }] } as const;
		expect(readConditions(writeConditions({ ...conditions, list: [...conditions.list] }))).toEqual(
			conditions,
		);
	});
});

describe("the bench", () => {
	const read = (values: Record<string, string>) => readBench(new URLSearchParams(values));

	test("is read from its own address as it was", () => {
		const bench = {
			...PRESET,
			query: "a\nb",
			count: 20,
			threshold: 0.4,
			legs: "custom" as const,
			textWeight: 2,
			vectorWeight: 0.5,
			ranker: "reader",
			rewrite: true,
			expand: 800,
		};
		expect(read(writeBench(bench))).toEqual(bench);
		expect(read(writeBench(PRESET))).toEqual(PRESET);
	});

	test("keeps numbers of an address within their bounds", () => {
		expect(read({ n: "9999", min: "7", expand: "-3" })).toMatchObject({
			count: 50,
			threshold: 1,
			expand: 0,
		});
		expect(read({ n: "x", legs: "arms" })).toMatchObject({ count: 10, legs: "both" });
	});

	test("asks nothing without a question, and only what differs from the API's own", () => {
		expect(toSearch({ ...PRESET, query: " \n" })).toBeNull();
		expect(toSearch({ ...PRESET, query: "when?" })).toEqual({
			query: "when?",
			max_num_results: 10,
		});
		expect(toSearch({ ...PRESET, query: "a\n\nb", legs: "words", threshold: 0.5 })).toEqual({
			query: ["a", "b"],
			max_num_results: 10,
			ranking_options: {
				score_threshold: 0.5,
				hybrid_search: { embedding_weight: 0, text_weight: 1 },
			},
		});
	});
});

test("no question leaves the quotes of a shell", () => {
	const [curl] = searchSnippets("http://x", "vs_1", { query: "'$(id)'" });
	expect(curl?.code).toContain("'\\''$(id)'\\''");
});
