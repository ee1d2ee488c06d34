// SPDX-License-Identifier: Apache-2.0
// main.mjs: runs the tests that need a whole platform, in their order, and writes a JSON line per test.
// usage: node tests/whole/main.mjs ORIGIN [--only TEXT]; CONSOLE_WHOLE says who there is (tests/browser/whole.py)
import { chromium } from "playwright-core";
import { watch } from "../browser/watch.mjs";
import { tests as crawl } from "./crawl.mjs";
import { tests as journey } from "./journey.mjs";

const LIMIT_MS = 300_000;
const LANES = 2;
const [origin, ...words] = process.argv.slice(2);
const at = words.indexOf("--only");
const only = at >= 0 ? words[at + 1] : "";
const whole = JSON.parse(process.env.CONSOLE_WHOLE);

/** Says why a test cannot run here. */
class Skipped extends Error {}

/** A browser of its own for somebody: pages are watched, whoever opens them. */
function people(browser) {
	const opened = [];
	return {
		async open(options = {}) {
			const context = await browser.newContext({
				baseURL: origin,
				viewport: { width: 1280, height: 800 },
				colorScheme: "light",
				locale: "en-GB",
				timezoneId: "Europe/Berlin",
				...options,
			});
			context.setDefaultTimeout(20_000);
			const page = await context.newPage();
			opened.push({ context, seen: await watch(page, origin) });
			return { page, context };
		},
		faults: (allows) => opened.flatMap(({ seen }) => seen.faults(allows)),
		close: () => Promise.all(opened.map(({ context }) => context.close())),
	};
}

/** Whether the export has a page; pages that are not there are passed by. */
async function has(path) {
	return (await fetch(origin + path)).status === 200;
}

async function runOne(browser, test) {
	const there = people(browser);
	let timer;
	try {
		for (const path of test.needs ?? [])
			if (!(await has(path))) throw new Skipped(`the export has no page ${path}`);
		const late = new Promise((_, fail) => {
			timer = setTimeout(() => fail(new Error("the test took longer than it may")), LIMIT_MS);
		});
		await Promise.race([test.run({ open: there.open, origin, whole, has }), late]);
		const faults = there.faults([/^401: \/api\/auth\/session$/, ...(test.allows ?? [])]);
		if (faults.length > 0) throw new Error([...new Set(faults)].join("\n"));
	} finally {
		clearTimeout(timer);
		await there.close();
	}
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
let failed = 0;

async function report(test) {
	const name = `whole: ${test.name}`;
	if (!name.includes(only)) return;
	const begun = performance.now();
	let outcome = "passed";
	let detail = "";
	try {
		await runOne(browser, test);
	} catch (error) {
		outcome = error instanceof Skipped ? "skipped" : "failed";
		detail = outcome === "skipped" ? error.message : (error.stack ?? String(error));
		if (outcome === "failed") failed++;
	}
	const seconds = Math.round((performance.now() - begun) / 100) / 10;
	console.log(JSON.stringify({ name, outcome, detail, seconds }));
}

// Of the journey each rests on those before it; pages are looked at beside each other.
for (const test of journey) await report(test);
await Promise.all(
	Array.from({ length: LANES }, async () => {
		for (let test = crawl.shift(); test !== undefined; test = crawl.shift()) await report(test);
	}),
);
await browser.close();
process.exit(failed > 0 ? 1 : 0);
