// SPDX-License-Identifier: Apache-2.0
// Buckets as the API gives them, turned into groups for a chart and a table. All buckets of the range are here.
import type { components } from "@/api/schema.gen";

export type UsageSum = components["schemas"]["UsageSum"];
export type Bucket = components["schemas"]["UsageSums"]["data"][number];
export type Measure = "cost" | "requests" | "tokens";
export type GroupBy = "model" | "kind" | "key" | "member" | "team";

export const API_GROUPS = {
	model: "model",
	kind: "line_item",
	key: "api_key_id",
	member: "user_id",
	team: "project_id",
} as const;

export interface Figures {
	requests: number;
	input: number;
	output: number;
	units: number;
	nanos: number;
}

export interface Group extends Figures {
	/** Empty: what belongs to none, such as acts without a key. */
	id: string;
	sample: UsageSum;
	/** By bucket. */
	parts: Figures[];
}

const NOTHING: Figures = { requests: 0, input: 0, output: 0, units: 0, nanos: 0 };

export function nanosOf(amount: UsageSum["amount"]): number {
	return Math.round(amount.value * 1e9);
}

function figuresOf(sum: UsageSum): Figures {
	return {
		requests: sum.calls,
		input: sum.input_tokens,
		output: sum.output_tokens,
		units: sum.units,
		nanos: nanosOf(sum.amount),
	};
}

function plus(a: Figures, b: Figures): Figures {
	return {
		requests: a.requests + b.requests,
		input: a.input + b.input,
		output: a.output + b.output,
		units: a.units + b.units,
		nanos: a.nanos + b.nanos,
	};
}

export function groupId(sum: UsageSum, by: GroupBy): string {
	switch (by) {
		case "model":
			return sum.model ?? "";
		case "kind":
			return `${sum.kind ?? ""} ${sum.model ?? ""}`;
		case "key":
			return sum.api_key_id ?? "";
		case "member":
			return sum.user_id ?? "";
		default:
			return sum.project_id ?? "";
	}
}

export function measured(figures: Figures, measure: Measure): number {
	if (measure === "cost") return figures.nanos;
	return measure === "requests" ? figures.requests : figures.input + figures.output;
}

/** The largest first. */
export function groupsOf(buckets: Bucket[], by: GroupBy, measure: Measure): Group[] {
	const groups = new Map<string, Group>();
	buckets.forEach((bucket, index) => {
		for (const sum of bucket.results) {
			const id = groupId(sum, by);
			let group = groups.get(id);
			if (!group) {
				group = { id, sample: sum, parts: buckets.map(() => NOTHING), ...NOTHING };
				groups.set(id, group);
			}
			const figures = figuresOf(sum);
			group.parts[index] = plus(group.parts[index] ?? NOTHING, figures);
			Object.assign(group, plus(group, figures));
		}
	});
	return [...groups.values()].sort(
		(a, b) => measured(b, measure) - measured(a, measure) || b.requests - a.requests,
	);
}

export function totalOf(groups: Group[]): Figures {
	return groups.reduce<Figures>((sum, group) => plus(sum, group), NOTHING);
}

/** The first groups one by one, the others together: more colours than six cannot be told apart. */
export function seriesOf(
	groups: Group[],
	measure: Measure,
	nameOf: (group: Group) => string,
	others: string,
	most = 5,
): { label: string; values: number[] }[] {
	const scale = measure === "cost" ? 1e-9 : 1;
	const values = (group: Group) => group.parts.map((part) => measured(part, measure) * scale);
	const shown = groups.slice(0, groups.length === most + 1 ? most + 1 : most);
	const rest = groups.slice(shown.length).map(values);
	const series = shown.map((group) => ({ label: nameOf(group), values: values(group) }));
	const first = rest[0];
	if (first)
		series.push({
			label: others,
			values: first.map((_, index) => rest.reduce((sum, row) => sum + (row[index] ?? 0), 0)),
		});
	return distinct(series);
}

/** Two groups of one name, such as keys, stay two. */
function distinct(series: { label: string; values: number[] }[]) {
	const seen = new Map<string, number>();
	return series.map((each) => {
		const count = (seen.get(each.label) ?? 0) + 1;
		seen.set(each.label, count);
		return count === 1 ? each : { ...each, label: `${each.label} (${count})` };
	});
}
