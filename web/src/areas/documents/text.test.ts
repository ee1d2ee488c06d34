// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { blockAt, cut, splitText } from "./text-blocks";

const points = (text: string) => [...text];

test.each([
	["lines", "One line of text.\n".repeat(400)],
	["one long line", "word ".repeat(2000)],
	["no place to break", "x".repeat(5000)],
	["characters of two units", "🐛".repeat(3000)],
	["a mix", `${"a".repeat(899)}🐛\n`.repeat(20)],
])("the blocks of %s are the text, and count code points", (_, text) => {
	const blocks = splitText(text);
	expect(blocks.map((block) => block.text).join("")).toBe(text);
	expect(blocks.length).toBeGreaterThan(1);
	let at = 0;
	for (const block of blocks) {
		expect(block.start).toBe(at);
		expect(block.end - block.start).toBe(points(block.text).length);
		expect(block.text).not.toMatch(/[\ud800-\udbff]$/);
		at = block.end;
	}
});

test("a range is found in its blocks, whatever stands before it", () => {
	const text = `${"🐛 ".repeat(700)}needle in the hay ${"é".repeat(900)}`;
	const from = points(text).join("\0").split("\0").indexOf("n");
	const blocks = splitText(text);
	const found = blocks.map((block) => cut(block, from, from + 6)[1]).join("");
	expect(found).toBe("needle");
	const index = blockAt(blocks, from);
	expect(blocks[index]?.start).toBeLessThanOrEqual(from);
	expect(blocks[index]?.end).toBeGreaterThan(from);
});

test("an offset behind the end is in the last block, and no text has no blocks", () => {
	const blocks = splitText("a ".repeat(1000));
	expect(blockAt(blocks, 1e9)).toBe(blocks.length - 1);
	expect(splitText("")).toEqual([]);
});
