// SPDX-License-Identifier: Apache-2.0
// The pseudo-locale: English with accents and a third longer, so that what is not translated or too narrow shows.
type Messages = { [key: string]: unknown };

const LETTERS: Record<string, string> = {
	a: "á",
	c: "ç",
	e: "é",
	i: "î",
	n: "ñ",
	o: "ö",
	s: "š",
	u: "û",
	y: "ý",
	A: "Å",
	C: "Ç",
	E: "É",
	I: "Î",
	O: "Ö",
	S: "Š",
	U: "Û",
};

/** Letters outside of {arguments} and <tags>. */
export function pseudoText(text: string): string {
	let depth = 0;
	let tag = false;
	let out = "";
	for (const letter of text) {
		if (letter === "{") depth++;
		if (letter === "<") tag = true;
		out += depth === 0 && !tag ? (LETTERS[letter] ?? letter) : letter;
		if (letter === "}") depth--;
		if (letter === ">") tag = false;
	}
	return `[${out}${"~".repeat(Math.ceil(text.length / 3))}]`;
}

export function pseudo(messages: Messages): Messages {
	return Object.fromEntries(
		Object.entries(messages).map(([key, value]) => [
			key,
			typeof value === "string" ? pseudoText(value) : pseudo(value as Messages),
		]),
	);
}
