// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { changesOf } from "./changes";
import { auditPath, exportPath } from "./queries";
import { spanOf } from "./span";

const FILTER = {
	actor: "a&b",
	action: "key.",
	object: "",
	request: "",
	text: "ü %",
	from: 10,
	to: null,
};

it("the export asks for exactly what the list shows", () => {
	const list = new URL(auditPath(FILTER), "http://h").searchParams;
	const file = new URL(exportPath(FILTER, "csv"), "http://h").searchParams;
	expect(file.get("format")).toBe("csv");
	file.delete("format");
	expect([...file]).toEqual([...list]);
	expect(Object.fromEntries(list)).toEqual({
		actor: "a&b",
		action: "key.",
		text: "ü %",
		from: "10",
	});
});

it("a relative time begins before now and has no end", () => {
	const custom = { from: 1, to: 2 };
	expect(spanOf("hour", 7200, custom)).toEqual({ from: 3600, to: null });
	expect(spanOf("any", 7200, custom)).toEqual({ from: null, to: null });
	expect(spanOf("custom", 7200, custom)).toEqual(custom);
});

it("only what differs before and after an act is a change", () => {
	expect(
		changesOf({ before: { a: 1, b: [2], c: 3 }, after: { a: 1, b: [2, 3], d: null } }),
	).toEqual([
		{ name: "b", before: "[2]", after: "[2,3]" },
		{ name: "c", before: "3", after: null },
		{ name: "d", before: null, after: "null" },
	]);
	expect(changesOf({ before: "x", after: "y" })).toEqual([
		{ name: "", before: '"x"', after: '"y"' },
	]);
	expect(changesOf({})).toEqual([]);
});
