// SPDX-License-Identifier: Apache-2.0
// bench-pages.mjs: when pages show what they are about, and how long they take to answer to a hand, on a slow processor.
// usage: node scripts/bench-pages.mjs ORIGIN LOADS [PATH]..., and on standard input {"owner": {"email", "password"}, "staff": …}
// Writes one JSON object: a row per page. Each load has an empty cache.
import { text } from "node:stream/consumers";
import {
	goTo,
	launch,
	marked,
	median,
	open,
	SLOWDOWN,
	signIn,
	slow,
	timed,
	traced,
	watch,
} from "./bench-browser.mjs";

const [origin, loads, ...only] = process.argv.slice(2);
if (!loads) throw new Error("usage: node scripts/bench-pages.mjs ORIGIN LOADS [PATH]...");
const people = JSON.parse(await text(process.stdin));

const click = (role, name) => (page) => page.getByRole(role, { name }).first().click();
const type =
	(label, letters = "we") =>
	async (page) => {
		await page.getByLabel(label, { exact: true }).first().pressSequentially(letters, { delay: 60 });
	};
const key = (name) => (page) => page.keyboard.press(name);
/** What has opened may still be fetched: before it is there, Escape would close nothing. */
const close = {
	after: async (page) => {
		const above = page
			.locator("[role=dialog], [role=menu], [role=listbox]")
			.filter({ visible: true })
			.first();
		await above.waitFor();
		await page.keyboard.press("Escape");
		await above.waitFor({ state: "hidden" });
	},
};

const MENU = { name: "open the menu of the account", act: click("button", /@/), ...close };
const PALETTE = { name: "open the palette", act: click("button", /^Search\s*Ctrl/) };
const FIND = {
	name: "type into the palette",
	act: (page) => page.keyboard.type("us", { delay: 60 }),
	...close,
};

const PAGES = [
	{
		path: "/sign-in/",
		acts: [
			{ name: "type an address", act: type("E-mail") },
			{ name: "type a password", act: type("Password") },
			{ name: "show the password", act: click("button", "Show password") },
			{ name: "another language", act: click("button", "Deutsch") },
		],
	},
	{ path: "/", who: "owner", acts: [MENU, PALETTE, FIND] },
	{
		path: "/chat/",
		who: "owner",
		acts: [
			{ name: "type a message", act: type("Message") },
			{ name: "open the list of models", act: click("combobox", /Model/), ...close },
			{ name: "open the choice of documents", act: click("button", "No documents"), ...close },
			{ name: "type into the filter of chats", act: type("Search chats") },
			MENU,
		],
	},
	{
		path: "/documents/",
		who: "owner",
		acts: [
			{ name: "open a dialog", act: click("button", "New collection") },
			{ name: "type a name", act: (page) => page.keyboard.type("ab", { delay: 60 }), ...close },
			{ name: "open the menu of a row", act: click("button", /^Actions for/), ...close },
			{ name: "open the code", act: click("button", "Code"), ...close },
		],
	},
	{
		path: "/images/",
		who: "owner",
		acts: [
			{ name: "open the form", act: click("button", /^Create pictures/), ...close },
			{ name: "type into the search", act: type("Search by words") },
			MENU,
		],
	},
	{
		path: "/speech/",
		who: "owner",
		acts: [{ name: "another tab", act: click("tab", "Speak") }, MENU],
	},
	{
		path: "/usage/",
		who: "owner",
		acts: [
			{ name: "sort a table", act: click("button", "Cost") },
			{ name: "open a filter", act: click("combobox", /Group by/), ...close },
			{ name: "switch to another tab", act: click("tab", "Acts") },
			{ name: "switch to a tab with a table", act: click("tab", "Budgets") },
			{ name: "switch back to charts", act: click("tab", "Costs and usage") },
		],
	},
	{
		path: "/audit/",
		who: "owner",
		acts: [
			{ name: "type into a filter", act: type("Text in the line") },
			{ name: "filter", act: key("Enter") },
			{ name: "open the list of spans", act: click("combobox", /Time/), ...close },
			{ name: "open the code", act: click("button", "Code"), ...close },
		],
	},
	{
		path: "/platform/tenants/",
		who: "staff",
		acts: [
			{ name: "type into the filter", act: type("Find by name", "no") },
			{ name: "open a dialog", act: click("button", "Create tenant"), ...close },
			{ name: "switch to another tab", act: click("tab", "Receipts") },
		],
	},
	{ path: "/platform/health/", who: "staff", acts: [MENU, PALETTE, FIND] },
];

async function opened(path, state) {
	const { context, page } = await open(browser, origin, state);
	await watch(page);
	return { context, page, go: () => goTo(page, path) };
}

/** As the clock has it, on a processor that is slower. */
async function clocked({ path, acts }, state) {
	const { context, page, go } = await opened(path, state);
	await slow(page);
	await go();
	// The first input ends the search for the largest paint.
	const { lcp, what, cls } = await page.evaluate(() => window.bench);
	const took = {};
	for (const { name, act, after } of acts) {
		took[name] = await timed(page, () => act(page));
		if (after) await after(page);
	}
	await context.close();
	return { lcp, what, cls, took };
}

/** What the page had to compute for the same, made longer by as much. */
async function computed({ path, acts }, state) {
	const { context, page, go } = await opened(path, state);
	const { trace } = await traced(browser, page, async () => {
		await go();
		for (const { act, after } of acts) {
			await marked(page, () => act(page));
			if (after) await after(page);
		}
	});
	await context.close();
	return {
		lcp: SLOWDOWN * trace.toLargestPaint(),
		took: trace.acts(
			acts.map(({ name }) => name),
			SLOWDOWN,
		),
	};
}

/** Medians over loads. */
function summed(page, all) {
	return {
		lcp_ms: Math.round(median(all.map((each) => each.lcp))),
		inp_ms: Math.round(median(all.map((each) => Math.max(...Object.values(each.took))))),
		acts: Object.fromEntries(
			page.acts.map(({ name }) => [name, Math.round(median(all.map((each) => each.took[name])))]),
		),
	};
}

async function measure(page, state) {
	const clock = [];
	const work = [];
	for (let i = 0; i < Number(loads); i++) {
		clock.push(await clocked(page, state));
		work.push(await computed(page, state));
	}
	return {
		path: page.path,
		largest: clock[0].what,
		cls: median(clock.map((each) => each.cls)),
		clock: summed(page, clock),
		work: summed(page, work),
	};
}

const browser = await launch();
const states = {
	owner: await signIn(browser, origin, people.owner),
	staff: await signIn(browser, origin, people.staff),
};
const rows = [];
for (const page of PAGES)
	if (only.length === 0 || only.includes(page.path))
		rows.push(await measure(page, page.who && states[page.who]));
console.log(JSON.stringify({ slowdown: SLOWDOWN, loads: Number(loads), pages: rows }));
await browser.close();
