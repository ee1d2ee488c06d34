// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { nextOf } from "./menu-keys";

const texts = ["Rename", "Remove", "Download", "Über uns"];

/** Keys one after the other, so many milliseconds apart; where each goes to. */
function walk(keys: string[], apartMs = 100, at = -1) {
	const typed = { text: "", atMs: -10_000 };
	return keys.map((key, index) => {
		const next = nextOf({ key, at, texts, typed, nowMs: index * apartMs });
		at = next ?? at;
		return next;
	});
}

test("arrows walk round, Home and End go to the ends", () => {
	expect(walk(["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"])).toEqual([0, 1, 0, 3]);
	expect(walk(["ArrowUp", "ArrowDown"])).toEqual([3, 0]);
	expect(walk(["End", "Home"])).toEqual([3, 0]);
});

test("a letter goes to the next item that begins with it, again and again", () => {
	expect(walk(["r", "r", "r"])).toEqual([0, 1, 0]);
	expect(walk(["ü"])).toEqual([3]);
	expect(walk(["D"])).toEqual([2]);
});

test("letters in a row are a word, and after a while another one", () => {
	expect(walk(["r", "e", "m"])).toEqual([0, 0, 1]);
	expect(walk(["r", "d"], 1000)).toEqual([0, 2]);
});

test("other keys and words that nothing begins with go nowhere", () => {
	expect(walk(["F1", "Shift", "x"])).toEqual([undefined, undefined, undefined]);
	expect(walk(["x"], 0, 1)).toEqual([1]);
	expect(
		nextOf({ key: "ArrowDown", at: -1, texts: [], typed: { text: "", atMs: 0 }, nowMs: 0 }),
	).toBe(undefined);
});
