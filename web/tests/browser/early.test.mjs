// SPDX-License-Identifier: Apache-2.0
// What the export itself holds of a page stands where the page's own will, in the reader's language, and tells nothing.
import assert from "node:assert/strict";
import { makeServer } from "../shots/answers.mjs";
import { settle } from "../shots/pages.mjs";

export const target = "stub";
export { makeServer };

const SIZES = [
	{ width: 1280, height: 800 },
	{ width: 390, height: 844 },
];

/** Who asks. */
const PAGES = {
	"/": { who: "owner" },
	"/usage/": { who: "owner" },
	"/settings/": { who: "owner" },
	"/chat/": { who: "owner" },
	"/platform/tenants/": { who: "staff" },
};

/** Answers the question who is here only when it is let. */
async function holdSession(page) {
	let release = () => {};
	const held = new Promise((resolve) => {
		release = resolve;
	});
	await page.route("**/api/auth/session", async (route) => {
		await held;
		await route.continue();
	});
	return release;
}

const open = async (page, state, who, path) => {
	state.who = who;
	await page.clock.setFixedTime(state.nowS * 1000);
	await page.goto(path, { waitUntil: "commit" });
	await page.locator("main[aria-busy=true]").waitFor();
	await page.evaluate(() => document.fonts.ready);
};

/** Of each text that main shows, by its words: where it is, wherever that is. */
const places = (page) =>
	page.evaluate(() => {
		const found = {};
		const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const range = document.createRange();
			range.selectNodeContents(texts.currentNode);
			const { x, y, width, height } = range.getBoundingClientRect();
			const { visibility } = getComputedStyle(texts.currentNode.parentElement);
			if (width === 0 || visibility !== "visible") continue;
			found[texts.currentNode.data] ??= [];
			found[texts.currentNode.data].push([x, y, width, height].map(Math.round));
		}
		return found;
	});

const lines = (texts) => Object.keys(texts).sort();

export const tests = [
	...Object.entries(PAGES).flatMap(([path, { who }]) =>
		SIZES.map((viewport) => ({
			name: `${path} stands where its first words stood, ${viewport.width} px`,
			context: { viewport },
			run: async ({ page, state }) => {
				const release = await holdSession(page);
				await open(page, state, who, path);
				const early = await places(page);
				assert.ok(lines(early).length > 0);
				release();
				await settle(page);
				const own = await places(page);
				for (const [text, [place]] of Object.entries(early)) {
					// A field's placeholder is no text of its own.
					if (text === "Ask something") continue;
					const same = own[text]?.some((each) => String(each) === String(place));
					assert.ok(same, `"${text}" was at ${place} and is at ${own[text]?.join(" and ")}`);
				}
			},
		})),
	),
	{
		name: "a German reader sees German words before and after it is known who is here, and no others",
		context: { locale: "de-DE" },
		run: async ({ page, state }) => {
			const release = await holdSession(page);
			await open(page, state, "owner", "/keys/");
			const early = lines(await places(page));
			assert.ok(early.includes("API-Schlüssel"), String(early));
			assert.ok(!early.includes("API keys"), String(early));
			assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
			release();
			await page.getByRole("heading", { level: 1, name: "API-Schlüssel" }).waitFor();
			assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
		},
	},
	{
		name: "an address that names one collection does not begin with the words about all of them",
		run: async ({ page, state }) => {
			const release = await holdSession(page);
			await open(page, state, "owner", `/documents/?id=${state.ids.store}`);
			assert.deepEqual(lines(await places(page)), []);
			release();
			await page.locator("h1").waitFor();
		},
	},
	{
		name: "screen readers hear that the page is loading, and no heading before the page's own",
		run: async ({ page, state }) => {
			const release = await holdSession(page);
			await open(page, state, "owner", "/keys/");
			await page.getByText("Loading", { exact: true }).waitFor({ state: "attached" });
			assert.equal(await page.getByRole("heading").count(), 0);
			release();
			await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
			assert.equal(await page.locator("main[aria-busy]").count(), 0);
		},
	},
];
