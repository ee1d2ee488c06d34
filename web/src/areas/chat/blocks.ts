// SPDX-License-Identifier: Apache-2.0
// A long Markdown text in blocks that can be rendered apart: those that are complete never change again.

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LIST = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;

/** All blocks together are the text. A list stays in one block, so that its numbers go on. */
export function splitBlocks(text: string): string[] {
	const blocks: string[] = [];
	let start = 0;
	let fence = "";
	let isList = false;
	let blank = false;
	for (let at = 0; at < text.length; ) {
		const next = text.indexOf("\n", at);
		const end = next < 0 ? text.length : next + 1;
		const line = text.slice(at, end);
		const isBlank = line.trim() === "";
		if (fence === "" && blank && !isBlank && !/^\s/.test(line) && !(isList && LIST.test(line))) {
			blocks.push(text.slice(start, at));
			start = at;
		}
		if (at === start && !isBlank) isList = LIST.test(line);
		const mark = FENCE.exec(line)?.[1];
		if (fence === "" && mark !== undefined) fence = mark;
		else if (mark?.startsWith(fence) && line.trim() === mark) fence = "";
		blank = isBlank && fence === "";
		at = end;
	}
	if (start < text.length) blocks.push(text.slice(start));
	return blocks;
}

/** Whether a block's code is still being written. */
export function isOpenFence(block: string): boolean {
	let fence = "";
	for (const line of block.split("\n")) {
		const mark = FENCE.exec(line)?.[1];
		if (fence === "" && mark !== undefined) fence = mark;
		else if (fence !== "" && mark?.startsWith(fence) && line.trim() === mark) fence = "";
	}
	return fence !== "";
}

const BLOCK_MOST = 60_000;
const DEPTH_MOST = 24;
/** What may begin a link is looked at again for each that follows; the rest costs less. */
const BRACKETS_MOST = 1000;
const MARKS_MOST = 6000;

/** Whether a block is such that a parser should not be bothered with it: it is shown as it is. */
export function isHostile(block: string): boolean {
	if (block.length > BLOCK_MOST) return true;
	const has = (mark: RegExp) => block.match(mark)?.length ?? 0;
	if (!FENCE.test(block) && (has(/\[/g) > BRACKETS_MOST || has(/[*_~`<]/g) > MARKS_MOST))
		return true;
	return (
		new RegExp(`^(?:[ \\t]*(?:>|[-*+]|\\d+[.)])){${DEPTH_MOST},}`, "m").test(block) ||
		/[[(*_~`]{200,}/.test(block)
	);
}

/** What is read out of a finished block. */
export function plainOf(block: string): string {
	return (
		block
			.replace(/^ {0,3}(`{3,}|~{3,}).*$/gm, "")
			.replace(/^\s{0,3}(#{1,6}|>|[-*+]|\d+[.)])\s+/gm, "")
			// Bounded: what never closes would be looked through anew from each bracket.
			.replace(/!?\[([^\]]{0,200})\]\([^)\s]{0,500}\)/g, "$1")
			.replace(/[*_`~|]+/g, " ")
			.replace(/\s+/g, " ")
			.trim()
	);
}
