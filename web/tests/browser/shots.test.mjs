// SPDX-License-Identifier: Apache-2.0
// Every page looks as it does in its picture under shots/. Changed on purpose? web/README.md.
import assert from "node:assert/strict";
import { makeServer } from "../shots/answers.mjs";
import { contextOf, LOOKS, pathsOf, SETS } from "../shots/pages.mjs";
import { compare } from "../shots/png.mjs";
import { again, difference, kept, TOLERANCE, take } from "../shots/take.mjs";

export const target = "stub";
export { makeServer };

/** So many at once: small enough to fill the lanes evenly. */
const AT_ONCE = 4;
const partsOf = (names) =>
	Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, part) =>
		names.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
	);

async function begin(page, state, who) {
	state.who = who;
	await page.clock.setFixedTime(state.nowS * 1000);
}

/** What somebody might change without a thought: by so little, of so few elements. */
const CHANGES = [
	["the padding of one button by 2 px", "main button", "paddingInline", "18px"],
	["the padding of the page by 2 px", "main > *", "paddingBlockStart", "2px"],
	["a colour", "main button", "backgroundColor", "rgb(120, 20, 90)"],
];

export const tests = [
	...SETS.flatMap((set) =>
		LOOKS.flatMap((look) =>
			partsOf(Object.keys(set.pages)).map((names) => ({
				name: `${names.join(", ")}: as in the pictures, ${look.name}`,
				context: contextOf(look),
				allows: [/^404: \/nowhere\/$/, /^404: \/api\/billing\/subscription$/],
				run: async ({ page, state }) => {
					await begin(page, state, set.who);
					const paths = new Map(pathsOf(set, state.ids));
					const wrong = [];
					for (const name of names)
						wrong.push(difference(name, look, await take(page, paths.get(name))));
					assert.deepEqual(wrong.filter(Boolean), []);
				},
			})),
		),
	),
	{
		name: "a picture tells a change of padding and of colour, and nothing when nothing changed",
		context: contextOf(LOOKS[0]),
		run: async ({ page, state }) => {
			await begin(page, state, "owner");
			const picture = await take(page, "/keys/");
			assert.ok(compare(kept("keys", LOOKS[0]), picture).share <= TOLERANCE);
			for (const [what, selector, property, value] of CHANGES) {
				const element = page.locator(selector).first();
				await element.evaluate(
					(each, [name, text]) => {
						each.style[name] = text;
					},
					[property, value],
				);
				const { share } = compare(kept("keys", LOOKS[0]), await again(page));
				assert.ok(share > TOLERANCE, `${what} makes a difference of ${share}`);
				await element.evaluate((each, name) => {
					each.style[name] = "";
				}, property);
			}
		},
	},
];
