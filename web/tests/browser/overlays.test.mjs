// SPDX-License-Identifier: Apache-2.0
// Whatever a page can open above itself, in both themes: menus, what their items open, dialogs, lists, and the frame's own.
// Over the answers of the pictures, where nothing can be broken by pressing everything.
import assert from "node:assert/strict";
import { makeServer } from "../shots/answers.mjs";
import { contextOf, LOOKS, pathsOf, SETS, settle } from "../shots/pages.mjs";
import { checkThemes } from "./watch.mjs";

export const target = "stub";
export { makeServer };

const OVERLAY = ":is([role=dialog], [role=alertdialog], [role=menu], [role=listbox]):visible";
const TRIGGERS = "main button[aria-haspopup]:not([disabled], [aria-disabled=true])";
const OPENS_MS = 1500;
const CLOSES_MS = 1500;

/** Dialogs that have an address. */
const DIALOGS = {
	keys: ["do=create"],
	members: ["do=invite"],
	teams: ["do=create"],
	documents: ["do=create", "do=import", "do=receipts"],
	collection: ["do=edit"],
	images: ["do=create"],
	usage: ["tab=budgets&do=budget"],
	account: ["do=password"],
	"platform-tenants": ["do=create"],
	"platform-tenant": [
		"do=impersonate",
		"tab=members&do=invite",
		"tab=plan&do=plan",
		"tab=invoices&do=invoice",
		"tab=credits&do=credit",
	],
	"platform-plans": ["do=create", "tab=prices&do=import"],
	"platform-models": ["do=model"],
	"platform-settings": ["do=stripe"],
};

async function opened(page, timeout) {
	await page.locator(OVERLAY).first().waitFor({ timeout });
}

async function close(page) {
	for (let i = 0; i < 3 && (await page.locator(OVERLAY).count()) > 0; i++) {
		await page.keyboard.press("Escape");
		await page
			.locator(OVERLAY)
			.first()
			.waitFor({ state: "hidden", timeout: CLOSES_MS })
			.catch(() => undefined);
	}
	assert.equal(await page.locator(OVERLAY).count(), 0, "it closes with Escape");
}

/** One of each kind: rows have the same menu, under the row's name. */
async function triggersOf(page) {
	const names = await page
		.locator(TRIGGERS)
		.evaluateAll((all) =>
			all.map((each) => (each.checkVisibility() ? (each.ariaLabel ?? each.textContent) : "")),
		);
	const kinds = new Map();
	names.forEach((name, index) => {
		const kind = name.replace(/ (for|of) .*/, "");
		if (name !== "" && !kinds.has(kind)) kinds.set(kind, index);
	});
	return [...kinds.values()];
}

/** What each item of an open menu opens; some act at once, and open nothing. */
async function pressItems(page, quiet, openMenu) {
	const count = await page.getByRole("menuitem").count();
	const here = page.url();
	for (let i = 0; i < count; i++) {
		if (page.url() !== here) {
			await page.goto(here);
			await settle(page);
		}
		if (i > 0) await openMenu();
		const item = page.getByRole("menuitem").nth(i);
		if ((await item.evaluate((each) => each.tagName)) === "A") {
			await close(page);
			continue;
		}
		await item.click();
		const dialog = page.locator(":is([role=dialog], [role=alertdialog]):visible").first();
		// Where the item leads to another document, neither ends well, and there is nothing to look at.
		await Promise.race([dialog.waitFor({ timeout: OPENS_MS }), quiet()]).catch(() => undefined);
		if (await dialog.isVisible()) await checkThemes(page);
		await close(page);
	}
}

async function pressAll(page, quiet) {
	for (const index of await triggersOf(page)) {
		const press = async () => {
			await page.locator(TRIGGERS).nth(index).click();
			await opened(page);
		};
		await press();
		await checkThemes(page);
		if ((await page.getByRole("menuitem").count()) > 0) await pressItems(page, quiet, press);
		await close(page);
	}
}

async function begin(page, state, who, path) {
	state.who = who;
	await page.clock.setFixedTime(state.nowS * 1000);
	await page.goto(path);
	await settle(page);
}

/** Writes and lists that were never recorded. */
const UNANSWERED = [/^404: \/(api|v1)\//];

export const tests = [
	...SETS.filter((set) => set.who !== "nobody").flatMap((set) =>
		Object.keys(set.pages).map((name) => ({
			name: `what ${name} can open is accessible in both themes`,
			context: contextOf(LOOKS[0]),
			allows: UNANSWERED,
			run: async ({ page, state, seen }) => {
				const path = new Map(pathsOf(set, state.ids)).get(name);
				await begin(page, state, set.who, path);
				await pressAll(page, seen.quiet);
				for (const what of DIALOGS[name] ?? []) {
					await page.goto(`${path}${path.includes("?") ? "&" : "?"}${what}`);
					await opened(page).catch(() => assert.fail(`${what} opened nothing`));
					await checkThemes(page);
				}
			},
		})),
	),
	{
		name: "what the frame can open is accessible in both themes: menus, palette, shortcuts",
		context: contextOf(LOOKS[0]),
		run: async ({ page, state }) => {
			await begin(page, state, "owner", "/keys/");
			for (const trigger of await page.locator("nav button[aria-haspopup]").all()) {
				await trigger.click();
				await opened(page);
				await checkThemes(page);
				await close(page);
			}
			for (const keys of ["Control+k", "?"]) {
				await page.keyboard.press(keys);
				await opened(page);
				await checkThemes(page);
				await close(page);
			}
		},
	},
];
