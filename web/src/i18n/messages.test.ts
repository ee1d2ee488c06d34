// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createTranslator } from "use-intl";
import { describe, expect, test } from "vitest";
import { areas } from "./areas";
import { pseudo, pseudoText } from "./pseudo";

type Tree = { [key: string]: string | Tree };

const SRC = join(import.meta.dirname, "..");
const folders = [
	"i18n",
	"shell",
	...readdirSync(join(SRC, "areas")).map((name) => `areas/${name}`),
];

function read(folder: string, language: string): Tree {
	return JSON.parse(readFileSync(join(SRC, folder, `${language}.json`), "utf8")) as Tree;
}

function flat(tree: Tree, at = ""): [string, string][] {
	return Object.entries(tree).flatMap(([key, value]) =>
		typeof value === "string"
			? [[at + key, value] as [string, string]]
			: flat(value, `${at}${key}.`),
	);
}

/** Names of the arguments and tags of a message. A brace within an argument opens the text of a choice. */
function parts(text: string) {
	const found = new Set([...text.matchAll(/<(\w+)>/g)].map((match) => match[1]));
	let depth = 0;
	for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
		if (brace === "{" && depth % 2 === 0) found.add(/\w+/.exec(text.slice(index))?.[0] ?? "");
		depth += brace === "{" ? 1 : -1;
	}
	return [...found].sort();
}

describe.each(folders)("messages of %s", (folder) => {
	const en = flat(read(folder, "en"));
	const de = new Map(flat(read(folder, "de")));

	test("both languages have the same keys, sorted", () => {
		const keys = en.map(([key]) => key);
		expect([...de.keys()]).toEqual(keys);
		expect(keys).toEqual([...keys].sort());
	});

	test("both languages use the same arguments", () => {
		for (const [key, text] of en)
			expect({ key, parts: parts(de.get(key) ?? "") }).toEqual({ key, parts: parts(text) });
	});

	test("each can be read as ICU, in the pseudo-locale too", () => {
		for (const language of ["en", "de"]) {
			const tree = read(folder, language);
			for (const messages of [tree, pseudo(tree) as Tree]) {
				const t = createTranslator({
					locale: language,
					messages: messages as never,
					onError: (error) => {
						throw error;
					},
				}) as unknown as { rich: (key: string, values: Record<string, unknown>) => unknown };
				for (const [key, text] of flat(messages)) {
					const values = Object.fromEntries(
						parts(text).map((part) => [part, text.includes(`<${part}>`) ? () => "x" : 3]),
					);
					expect(() => t.rich(key, values)).not.toThrow();
				}
			}
		}
	});
});

test("every area with messages that pages load is registered", () => {
	const withPages = folders
		.filter((folder) => folder.startsWith("areas/") && folder !== "areas/entry")
		.map((folder) => folder.slice("areas/".length));
	expect(Object.keys(areas).sort()).toEqual(withPages.sort());
});

test("the pseudo-locale leaves arguments and tags alone", () => {
	expect(pseudoText("Type <name></name> to {verb}")).toMatch(
		/^\[Týpé <name><\/name> tö \{verb\}~+\]$/,
	);
});
