// SPDX-License-Identifier: Apache-2.0
// A long text in pieces that a virtual list can place. Offsets count code points, as the API's do.

export interface Block {
	text: string;
	/** In code points of the whole text; `end` is one past the last. */
	start: number;
	end: number;
}

const BLOCK_UNITS = 900;

const isPlain = (text: string) => !/[\ud800-\udfff]/.test(text);

function countPoints(text: string) {
	if (isPlain(text)) return text.length;
	let count = 0;
	for (const _ of text) count++;
	return count;
}

/** The place in the string of a code point. */
function unitAt(text: string, point: number) {
	if (isPlain(text)) return point;
	let unit = 0;
	for (let left = point; left > 0 && unit < text.length; left--)
		unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
	return unit;
}

/** Ends pieces after a line where there is one, else after a word, and never inside a character. */
export function splitText(text: string): Block[] {
	const blocks: Block[] = [];
	let start = 0;
	for (let at = 0; at < text.length; ) {
		const end =
			at + BLOCK_UNITS >= text.length ? text.length : breakBefore(text, at, at + BLOCK_UNITS);
		const piece = text.slice(at, end);
		const points = countPoints(piece);
		blocks.push({ text: piece, start, end: start + points });
		start += points;
		at = end;
	}
	return blocks;
}

function breakBefore(text: string, least: number, most: number) {
	const line = text.lastIndexOf("\n", most - 1);
	if (line > least) return line + 1;
	const word = text.lastIndexOf(" ", most - 1);
	if (word > least) return word + 1;
	const code = text.charCodeAt(most - 1);
	return code >= 0xd800 && code <= 0xdbff ? most - 1 : most;
}

/** The block that holds an offset; the last one behind the end. */
export function blockAt(blocks: Block[], point: number): number {
	let low = 0;
	let high = blocks.length - 1;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((blocks[middle] as Block).end <= point) low = middle + 1;
		else high = middle;
	}
	return Math.max(0, low);
}

/** A block's text before, in and after a range of the whole text. */
export function cut(block: Block, from: number, to: number): [string, string, string] {
	const a = unitAt(block.text, Math.min(Math.max(0, from - block.start), block.end - block.start));
	const b = unitAt(block.text, Math.min(Math.max(0, to - block.start), block.end - block.start));
	return [block.text.slice(0, a), block.text.slice(a, b), block.text.slice(b)];
}
