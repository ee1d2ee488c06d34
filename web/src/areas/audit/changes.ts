// SPDX-License-Identifier: Apache-2.0
// What a line says of the state before and after an act, member by member.

export interface Change {
	name: string;
	/** As JSON; null: not said. */
	before: string | null;
	after: string | null;
}

function members(value: unknown): Record<string, unknown> {
	if (typeof value === "object" && value !== null && !Array.isArray(value))
		return value as Record<string, unknown>;
	return value === undefined ? {} : { "": value };
}

/** Only what differs. */
export function changesOf(details: Record<string, unknown>): Change[] {
	const before = members(details.before);
	const after = members(details.after);
	const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
	return names
		.map((name) => ({
			name,
			before: name in before ? JSON.stringify(before[name]) : null,
			after: name in after ? JSON.stringify(after[name]) : null,
		}))
		.filter((change) => change.before !== change.after);
}
