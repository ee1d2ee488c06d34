// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { faults, moveScripts } from "./export.mjs";

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

test.each([
	["<style>a{}</style>", "a style element"],
	['<p style="color:red">', "a style attribute"],
	['<a onclick="x()">', "an event attribute"],
])("%s is refused", (html, fault) => {
	expect(faults(html)[0]).toContain(fault);
});

test("a page within the policy has no faults", () => {
	expect(faults('<p class="style">style="x" onclick</p>')).toEqual([]);
});
