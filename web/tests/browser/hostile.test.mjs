// SPDX-License-Identifier: Apache-2.0
// What models and people write to do harm, or only at length: it is text, it stays in its place, and the page lives.
import assert from "node:assert/strict";
import { makeServer } from "../shots/answers.mjs";
import { contextOf, LOOKS, pathsOf, SETS, settle } from "../shots/pages.mjs";
import { ask, chatTest, log, open } from "./chat-steps.mjs";
import { checkAccess, fits } from "./watch.mjs";

export const target = "stub";
export { makeServer };

const PHONE = LOOKS.find((look) => look.viewport.width === 390);

/** As long as a name may be, with no place to break it, and with more on its mind. */
const NAME = "<script>window.caught=1</script>".padEnd(200, "w");
const NAMED = new Set(["name", "title", "filename", "email", "tenant_name", "client"]);

const lengthen = (body) =>
	JSON.stringify(
		JSON.parse(body, (key, value) => (NAMED.has(key) && typeof value === "string" ? NAME : value)),
	);

/** Each with what has to be read on the page where it is text. */
const ANSWERS = {
	"a hundred thousand asterisks": "*".repeat(100_000),
	"lists in lists": Array.from({ length: 150 }, (_, depth) => `${"  ".repeat(depth)}- level`).join(
		"\n",
	),
	"quotations in quotations": `${"> ".repeat(2000)}level`,
	"brackets and links": `${"[a](".repeat(5000)}`,
	"emphasis that never ends": "*a __b ~~c ".repeat(1500),
	"a table of a thousand rows": `|${" a |".repeat(8)}\n|${"---|".repeat(8)}\n${`|${" b |".repeat(8)}\n`.repeat(1000)}`,
	"a table of a thousand columns": `|${" a |".repeat(1000)}\n|${"---|".repeat(1000)}\n|${" b |".repeat(1000)}`,
	"a word without an end": "w".repeat(50_000),
	"pictures, frames, and links that run":
		'![x](https://evil.example/x.png) <iframe src="https://evil.example/"></iframe> <style>*{display:none}</style> <form action="https://evil.example/"><input name="password"></form> [run](javascript:alert(1)) [run](jAvAsCrIpT&colon;alert(1)) [run](data:text/html,x) [run][r]\n\n[r]: javascript:alert(1)',
	"footnotes and references that repeat": `${"[^1]".repeat(500)}\n\n[^1]: note\n\n${"[x]: /platform/\n".repeat(500)}`,
};

/** Where the text of an element lies between the sides of its column: 0 is left, 1 is right. */
const side = (element) =>
	element.evaluate((each) => {
		const range = document.createRange();
		range.selectNodeContents(each);
		const text = range.getBoundingClientRect();
		const box = each.getBoundingClientRect();
		return (text.left - box.left) / (box.width - text.width);
	});

export const tests = [
	...SETS.filter((set) => set.who !== "nobody").map((set) => ({
		name: `names of 200 characters fit a phone everywhere, and are text: ${set.who}`,
		context: contextOf(PHONE),
		allows: [/^404: \/api\/billing\/subscription$/],
		run: async ({ page, state }) => {
			Object.assign(state, { who: set.who, rewrite: lengthen });
			await page.clock.setFixedTime(state.nowS * 1000);
			const wide = [];
			let shown = 0;
			for (const [name, path] of pathsOf(set, state.ids)) {
				await page.goto(path);
				await settle(page);
				const [inside, caught, text] = await page.evaluate(() => [
					document.documentElement.scrollWidth,
					window.caught,
					document.body.textContent,
				]);
				if (inside > PHONE.viewport.width) wide.push(`${name} is ${inside} px wide`);
				assert.equal(caught, undefined, name);
				if (text.includes(NAME)) shown++;
			}
			assert.deepEqual(wide, []);
			assert.ok(shown > 4, `only ${shown} pages showed a name`);
			await checkAccess(page);
		},
	})),
	chatTest(
		"answers that would keep a parser busy are shown, and the page goes on",
		async ({ page, server }) => {
			await open(page, server);
			for (const [what, text] of Object.entries(ANSWERS)) {
				const run = await ask(page, server, `Write ${what}.`);
				// In pieces, as models do.
				for (let at = 0; at < text.length; at += 10_000) run.say(text.slice(at, at + 10_000));
				run.say(`\n\nThat was ${what}.`);
				run.end();
				await log(page).getByText(`That was ${what}.`).waitFor();
				await page.getByRole("button", { name: "Answer again" }).last().waitFor();
				await fits(page);
			}
			assert.equal(
				await log(page)
					.locator(
						"img, iframe, style, form, input, script, a[href^='/'], a[href^='data'], a[href^='javascript' i]",
					)
					.count(),
				0,
			);
			await checkAccess(page);
		},
	),
	chatTest(
		"each paragraph runs in its own direction, and an override ends with its own",
		async ({ page, server }) => {
			await open(page, server);
			const run = await ask(page, server, "In three languages?");
			run.say(
				"In English.\n\nמשפט בעברית.\n\nAn \u202eoverride, and `\u202ecode`\n\n- عربي\n\nThe end.",
			);
			run.end();
			await page.getByRole("button", { name: "Answer again" }).waitFor();
			const paragraph = (text) => log(page).locator("p, li").filter({ hasText: text }).last();
			assert.ok((await side(paragraph("In English."))) < 0.1);
			assert.ok((await side(paragraph("עברית"))) > 0.9);
			assert.ok((await side(paragraph("عربي"))) > 0.9);
			assert.ok((await side(paragraph("The end."))) < 0.1);
		},
	),
];
