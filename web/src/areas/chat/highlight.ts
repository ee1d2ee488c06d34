// SPDX-License-Identifier: Apache-2.0
// Colours for code that is complete: loaded when the first such block is shown.
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

for (const [name, language] of Object.entries({
	bash,
	c,
	javascript,
	json,
	python,
	sql,
	typescript,
	xml,
	yaml,
}))
	hljs.registerLanguage(name, language);

const CODE_MOST = 50_000;

export interface Piece {
	text: string;
	/** Classes of highlight.js, such as "hljs-string". */
	kind: string;
}

/** Flat pieces; null where the language is not known. The markup is read, never put into the page. */
export function highlight(code: string, language: string): Piece[] | null {
	if (code.length > CODE_MOST || !hljs.getLanguage(language)) return null;
	const parsed = new DOMParser().parseFromString(
		hljs.highlight(code, { language, ignoreIllegals: true }).value,
		"text/html",
	);
	const pieces: Piece[] = [];
	const walk = (node: Node, kind: string) => {
		for (const child of node.childNodes) {
			if (child instanceof Text) pieces.push({ text: child.data, kind });
			else if (child instanceof Element) walk(child, child.className || kind);
		}
	};
	walk(parsed.body, "");
	// The parser drops a line break at the very beginning of some elements; then nothing is coloured.
	return pieces.map((piece) => piece.text).join("") === code ? pieces : null;
}
