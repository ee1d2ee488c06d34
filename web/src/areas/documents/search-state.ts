// SPDX-License-Identifier: Apache-2.0
// The bench's settings in an address, and the request that they stand for.
import { readConditions, toFilter } from "./filters";
import type { Search } from "./queries";

export type Legs = "both" | "words" | "vectors" | "custom";

export interface Bench {
	query: string;
	count: number;
	threshold: number;
	legs: Legs;
	textWeight: number;
	vectorWeight: number;
	ranker: string;
	rewrite: boolean;
	expand: number;
	filters: string;
}

export const PRESET: Bench = {
	query: "",
	count: 10,
	threshold: 0,
	legs: "both",
	textWeight: 1,
	vectorWeight: 1,
	ranker: "auto",
	rewrite: false,
	expand: 0,
	filters: "",
};

const LEGS: Legs[] = ["both", "words", "vectors", "custom"];

function number(text: string | null, preset: number, least: number, most: number) {
	const value = Number(text);
	return text === null || text === "" || !Number.isFinite(value)
		? preset
		: Math.min(most, Math.max(least, value));
}

export function readBench(search: { get: (name: string) => string | null }): Bench {
	return {
		query: search.get("q") ?? "",
		count: Math.round(number(search.get("n"), PRESET.count, 1, 50)),
		threshold: number(search.get("min"), PRESET.threshold, 0, 1),
		legs: LEGS.find((each) => each === search.get("legs")) ?? "both",
		textWeight: number(search.get("wt"), 1, 0, 1_000_000),
		vectorWeight: number(search.get("wv"), 1, 0, 1_000_000),
		ranker: search.get("ranker") || "auto",
		rewrite: search.get("rewrite") === "1",
		expand: Math.round(number(search.get("expand"), 0, 0, 4096)),
		filters: search.get("filters") ?? "",
	};
}

/** Every parameter, empty where it is the preset. */
export function writeBench(bench: Bench): Record<string, string> {
	const unless = <K extends keyof Bench>(key: K) =>
		bench[key] === PRESET[key] ? "" : String(bench[key]);
	const custom = bench.legs === "custom";
	return {
		q: bench.query,
		n: unless("count"),
		min: unless("threshold"),
		legs: unless("legs"),
		wt: custom ? String(bench.textWeight) : "",
		wv: custom ? String(bench.vectorWeight) : "",
		ranker: unless("ranker"),
		rewrite: bench.rewrite ? "1" : "",
		expand: unless("expand"),
		filters: bench.filters,
	};
}

function weights(bench: Bench) {
	if (bench.legs === "words") return { embedding_weight: 0, text_weight: 1 };
	if (bench.legs === "vectors") return { embedding_weight: 1, text_weight: 0 };
	if (bench.legs === "custom")
		return { embedding_weight: bench.vectorWeight, text_weight: bench.textWeight };
	return undefined;
}

/** Null without a question. Whole lines are questions of their own. */
export function toSearch(bench: Bench): Search | null {
	const lines = bench.query
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");
	if (lines.length === 0) return null;
	const filters = toFilter(readConditions(bench.filters));
	const hybrid = weights(bench);
	const ranking = {
		...(bench.ranker === "auto" ? {} : { ranker: bench.ranker }),
		...(bench.threshold === 0 ? {} : { score_threshold: bench.threshold }),
		...(hybrid ? { hybrid_search: hybrid } : {}),
	};
	return {
		query: lines.length === 1 ? (lines[0] as string) : lines,
		max_num_results: bench.count,
		...(filters ? { filters } : {}),
		...(Object.keys(ranking).length > 0 ? { ranking_options: ranking } : {}),
		...(bench.rewrite ? { rewrite_query: true } : {}),
		...(bench.expand > 0 ? { bulkhead: { expand_tokens: bench.expand } } : {}),
	};
}
