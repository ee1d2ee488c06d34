// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { faults, moveScripts, runLater, shorter } from "./export.mjs";

test("inline scripts become files with their attributes, others stay", () => {
	const files = new Map();
	const html = moveScripts(
		'<script id="_R_">a=1</script><script src="/x.js" async></script><script></script>',
		(name, body) => files.set(name, body),
	);
	const [name] = files.keys();
	expect(files.get(name)).toBe("a=1");
	expect(html).toBe(
		`<script id="_R_" src="/_next/static/inline/${name}"></script><script src="/x.js" async></script><script></script>`,
	);
});

test("chunks are left to the start, each once; other scripts stay", () => {
	const page = (head, body) => `<head>${head}</head><body>${body}</body>`;
	const chunk = (name) => `<script src="/_next/static/chunks/${name}.js" async=""></script>`;
	const preload = '<link rel="preload" as="script" href="/_next/static/chunks/b.js"/>';
	const theme = '<script src="/theme.js"></script>';
	expect(runLater(page(preload + chunk("a") + theme, chunk("b") + chunk("a")), "/s.js")).toBe(
		page(
			theme,
			'<script src="/s.js" data-scripts="/_next/static/chunks/a.js /_next/static/chunks/b.js" defer=""></script>',
		),
	);
	expect(runLater(page(theme, ""), "/s.js")).toBe(page(theme, ""));
	const typed = page(chunk("a"), '<form method="post"></form>');
	expect(runLater(typed, "/s.js")).toBe(typed);
});

test("what is delivered as it is written loses comments and indents only", () => {
	expect(shorter('// A\n(() => {\n\t/** B */\n\ta("//x"); // C\n})();\n')).toBe(
		'(() => {\na("//x"); // C\n})();\n',
	);
});

test.each([
	["<style>a{}</style>", "a style element"],
	['<p style="color:red">', "a style attribute"],
	['<a onclick="x()">', "an event attribute"],
	[
		'<form><input type="password" name="p"><button disabled="">Go</button></form>',
		"before its script",
	],
	[
		'<form method="post"><input type="password" name="p"><button>Go</button></form>',
		"before its script",
	],
])("%s is refused", (html, fault) => {
	expect(faults(html)[0]).toContain(fault);
});

test("a page within the policy has no faults", () => {
	expect(faults('<p class="style">style="x" onclick</p>')).toEqual([]);
	expect(
		faults(
			'<form method="post"><input type="password" name="p"><button disabled="">Go</button></form>',
		),
	).toEqual([]);
});
