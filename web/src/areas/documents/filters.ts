// SPDX-License-Identifier: Apache-2.0
// Filters of a search as the bench edits them: comparisons of attributes, all of which or one of which must hold.
import type { Attributes, Search } from "./queries";

type Filter = NonNullable<Search["filters"]>;

export const OPERATORS = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
	key: string;
	type: Operator;
	value: string;
}

export interface Conditions {
	join: "and" | "or";
	list: Condition[];
}

export const NO_CONDITIONS: Conditions = { join: "and", list: [] };

/** As JSON would read it: `true`, `12`; everything else is text, and so is what stands in quotes. */
export function readValue(text: string): string | number | boolean {
	const trimmed = text.trim();
	if (trimmed === "true" || trimmed === "false") return trimmed === "true";
	if (/^-?\d+(\.\d+)?$/.test(trimmed) && Number.isFinite(Number(trimmed))) return Number(trimmed);
	const quoted = /^"(.*)"$/s.exec(trimmed);
	return quoted?.[1] ?? trimmed;
}

/** The text that readValue reads back as the same value. */
export function writeValue(value: Attributes[string]): string {
	if (typeof value !== "string") return String(value);
	return readValue(value) === value ? value : `"${value}"`;
}

/** Null where nothing is asked; a condition without a key is not yet one. */
export function toFilter({ join, list }: Conditions): Filter | null {
	const filters = list
		.filter((each) => each.key.trim() !== "")
		.map((each) => {
			const key = each.key.trim();
			if (each.type !== "in" && each.type !== "nin")
				return { type: each.type, key, value: readValue(each.value) };
			const values = each.value
				.split(",")
				.map(readValue)
				.map((value) => (typeof value === "boolean" ? String(value) : value));
			return { type: each.type, key, value: values };
		}) as Filter[];
	if (filters.length <= 1) return filters[0] ?? null;
	return { type: join, filters } as Filter;
}

/** Of an address, which somebody else may have written. */
export function readConditions(text: string): Conditions {
	try {
		const read: unknown = JSON.parse(text);
		if (typeof read !== "object" || read === null) return NO_CONDITIONS;
		const { join, list } = read as Partial<Conditions>;
		if (!Array.isArray(list)) return NO_CONDITIONS;
		return {
			join: join === "or" ? "or" : "and",
			list: list.slice(0, 16).flatMap((each: unknown) => {
				const { key, type, value } = (each ?? {}) as Partial<Condition>;
				const known = OPERATORS.find((operator) => operator === type);
				return typeof key === "string" && typeof value === "string" && known
					? [{ key, type: known, value }]
					: [];
			}),
		};
	} catch {
		return NO_CONDITIONS;
	}
}

export const writeConditions = (conditions: Conditions) =>
	conditions.list.length === 0 ? "" : JSON.stringify(conditions);
