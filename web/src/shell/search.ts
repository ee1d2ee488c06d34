// SPDX-License-Identifier: Apache-2.0
// How the palette finds: all words somewhere in the label, at the beginning of a word first.

export function search<E extends { label: string }>(entries: E[], text: string): E[] {
	const words = fold(text).split(/\s+/).filter(Boolean);
	if (words.length === 0) return entries;
	return entries
		.map((entry) => ({ entry, score: score(fold(entry.label), words) }))
		.filter(({ score }) => score > 0)
		.sort((a, b) => b.score - a.score)
		.map(({ entry }) => entry);
}

function score(label: string, words: string[]): number {
	let sum = 0;
	for (const word of words) {
		const at = label.indexOf(word);
		if (at < 0) return 0;
		sum += at === 0 ? 3 : /[\s:-]/.test(label[at - 1] ?? "") ? 2 : 1;
	}
	return sum;
}

/** Without case and accents. */
function fold(text: string) {
	return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}
