// SPDX-License-Identifier: Apache-2.0
// Which item of a menu a key goes to.

/** Letters that follow each other within this are one word. */
const WORD_MS = 700;

interface Pressed {
	key: string;
	/** Of the item that has the focus; -1: none. */
	at: number;
	texts: string[];
	/** What was typed until now; goes on. */
	typed: { text: string; atMs: number };
	nowMs: number;
}

/** The place of the item, or nothing if the key is not the menu's. */
export function nextOf({ key, at, texts, typed, nowMs }: Pressed): number | undefined {
	const count = texts.length;
	if (count === 0) return undefined;
	if (key === "ArrowDown") return (at + 1) % count;
	if (key === "ArrowUp") return at <= 0 ? count - 1 : at - 1;
	if (key === "Home") return 0;
	if (key === "End") return count - 1;
	if ([...key].length !== 1) return undefined;
	const goesOn = nowMs - typed.atMs < WORD_MS;
	const text = (goesOn ? typed.text : "") + key.toLocaleLowerCase();
	typed.text = text;
	typed.atMs = nowMs;
	// One letter again and again walks through the items that begin with it; a word may be the one that is there.
	const same = [...text].every((letter) => letter === key.toLocaleLowerCase());
	const wanted = same ? key.toLocaleLowerCase() : text;
	for (let step = same ? 1 : 0; step <= count; step++) {
		const place = (Math.max(at, 0) + step + (at < 0 && same ? -1 : 0) + count) % count;
		if (texts[place]?.trim().toLocaleLowerCase().startsWith(wanted)) return place;
	}
	return at < 0 ? undefined : at;
}
