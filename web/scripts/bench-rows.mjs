// SPDX-License-Identifier: Apache-2.0
// bench-rows.mjs: long lists on a slow processor: an audit log and a store of ten thousand rows, and a chat of a thousand
// messages, scrolled, filtered and written into.
// usage: node scripts/bench-rows.mjs ORIGIN, and on standard input {"owner": {"email", "password"}, "store", "chat"}, of
// which store and chat are ids; without one, that list is left out. Writes one JSON object.
import { text } from "node:stream/consumers";
import {
	goTo,
	launch,
	marked,
	open,
	SLOWDOWN,
	scrolled,
	signIn,
	slow,
	timed,
	traced,
	watch,
} from "./bench-browser.mjs";

const [origin] = process.argv.slice(2);
if (!origin) throw new Error("usage: node scripts/bench-rows.mjs ORIGIN");
const job = JSON.parse(await text(process.stdin));

async function audit(page) {
	await goTo(page, "/audit/");
	const field = page.getByLabel("Text in the line", { exact: true });
	return {
		scroll: "html",
		rows: () => page.getByRole("table").getByRole("row").count(),
		acts: {
			"type into the filter": () => field.pressSequentially("key", { delay: 60 }),
			filter: () => field.press("Enter"),
			"the next page": () => page.getByRole("button", { name: "Next" }).click(),
			"open a line": () => page.getByRole("table").locator("tbody a").first().click(),
		},
	};
}

/** Scrolled to its end first: then all rows are here. */
async function files(page) {
	await goTo(page, `/documents/?id=${job.store}`);
	const table = page.getByRole("table", { name: "Files" });
	const box = '[role=table][aria-label="Files"]';
	await table.waitFor();
	await page.evaluate(async (selector) => {
		const box = document.querySelector(selector);
		let same = 0;
		for (let before = 0; same < 100; ) {
			box.scrollTop = box.scrollHeight;
			await new Promise((resolve) => setTimeout(resolve, 30));
			same = box.scrollHeight === before ? same + 1 : 0;
			before = box.scrollHeight;
		}
	}, box);
	const field = page.getByLabel("Find by name", { exact: true });
	return {
		scroll: box,
		rows: () =>
			page.evaluate(
				(selector) => Math.round(document.querySelector(selector).scrollHeight / 48),
				box,
			),
		acts: {
			"open the menu of a row": () =>
				table
					.getByRole("button", { name: /^Actions for/ })
					.first()
					.click(),
			"close it": () => page.keyboard.press("Escape"),
			"type into the filter": () => field.pressSequentially("bench", { delay: 60 }),
			"clear the filter": () => field.fill(""),
			"open the list of states": () => page.getByRole("combobox", { name: /State/ }).click(),
		},
	};
}

async function chat(page) {
	await page.goto(`/chat/?id=${job.chat}`);
	await page.waitForFunction(() => document.querySelectorAll("article").length >= 500);
	const field = page.getByLabel("Message", { exact: true });
	return {
		scroll: "[role=log]",
		rows: async () => 2 * (await page.locator("article").count()),
		acts: {
			"type a message": () => field.pressSequentially("north", { delay: 60 }),
			"open the list of models": () => page.getByRole("combobox", { name: /Model/ }).click(),
			"close it": () => page.keyboard.press("Escape"),
			"open the menu of the chat": () =>
				page.getByRole("button", { name: "Actions", exact: true }).click(),
		},
	};
}

/** The same twice: as the clock has it on a slower processor, and what the page had to compute, longer by as much. */
async function measure(make) {
	const { context, page } = await open(browser, origin, state);
	await watch(page);
	const list = await make(page);
	await slow(page);
	const clock = { scroll: Math.round(await scrolled(page, list.scroll)), acts: {} };
	const count = await list.rows();
	for (const [name, act] of Object.entries(list.acts)) clock.acts[name] = await timed(page, act);
	await context.close();

	// Another one: a slower processor stays with the page that has it.
	const { context: other, page: second } = await open(browser, origin, state);
	await watch(second);
	const again = await make(second);
	const { trace } = await traced(browser, second, async () => {
		await scrolled(second, again.scroll);
		for (const act of Object.values(again.acts)) await marked(second, act);
	});
	const starts = trace.marks("bench-act");
	const work = {
		scroll: Math.round(SLOWDOWN * trace.longestTask(-Infinity, starts[0])),
		acts: trace.acts(Object.keys(again.acts), SLOWDOWN),
	};
	await other.close();
	return { count, clock, work };
}

const browser = await launch();
const state = await signIn(browser, origin, job.owner);
const lists = { audit: await measure(audit) };
if (job.store) lists.files = await measure(files);
if (job.chat) lists.chat = await measure(chat);
console.log(JSON.stringify({ slowdown: SLOWDOWN, lists }));
await browser.close();
