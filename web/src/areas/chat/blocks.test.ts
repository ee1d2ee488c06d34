// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { isHostile, isOpenFence, plainOf, splitBlocks } from "./blocks";

test.each([
	["paragraphs", "one\n\ntwo\n\n\nthree", ["one\n\n", "two\n\n\n", "three"]],
	[
		"code with blank lines in it",
		"a\n\n```py\nx\n\ny\n```\n\nb",
		["a\n\n", "```py\nx\n\ny\n```\n\n", "b"],
	],
	[
		"a fence inside a longer one",
		"````\n```\n\n```\n````\n\nb",
		["````\n```\n\n```\n````\n\n", "b"],
	],
	[
		"a loose list as one block",
		"1. a\n\n2. b\n\n   more\n\nafter",
		["1. a\n\n2. b\n\n   more\n\n", "after"],
	],
	["a table", "| a |\n|---|\n| b |\n\nend", ["| a |\n|---|\n| b |\n\n", "end"]],
	["nothing", "", []],
])("splits %s", (_, text, blocks) => {
	expect(splitBlocks(text)).toEqual(blocks);
});

test("all blocks together are the text, and complete ones stay as more comes", () => {
	const text = "# Head\n\nA paragraph.\n\n- a\n- b\n\n```js\nlet x;\n\nx++;\n```\n\nThe end. ";
	let before: string[] = [];
	for (let length = 1; length <= text.length; length++) {
		const blocks = splitBlocks(text.slice(0, length));
		expect(blocks.join("")).toBe(text.slice(0, length));
		expect(blocks.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
		before = blocks;
	}
});

test("knows code that is still being written", () => {
	expect(isOpenFence("```py\nx = 1\n")).toBe(true);
	expect(isOpenFence("```py\nx = 1\n```\n")).toBe(false);
	expect(isOpenFence("~~~\n```\n")).toBe(true);
});

test("text that would keep a parser busy is not parsed", () => {
	expect(isHostile(`${">".repeat(3000)} deep`)).toBe(true);
	expect(isHostile("- ".repeat(100))).toBe(true);
	expect(isHostile("[".repeat(5000))).toBe(true);
	expect(isHostile("x".repeat(70_000))).toBe(true);
	expect(isHostile("[a](".repeat(2000))).toBe(true);
	expect(isHostile("*a __b ".repeat(3000))).toBe(true);
	expect(isHostile(`\`\`\`\n${"a[0] = *b; ".repeat(3000)}\n\`\`\``)).toBe(false);
	expect(isHostile("> > a quotation in a quotation\n\n- a\n  - b\n    - c")).toBe(false);
});

test("what is read out has no syntax", () => {
	expect(plainOf("## A *head* with [a link](https://example.com)\n")).toBe("A head with a link");
	expect(plainOf("- one\n- `two`\n")).toBe("one two");
});
