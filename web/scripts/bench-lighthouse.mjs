// SPDX-License-Identifier: Apache-2.0
// bench-lighthouse.mjs: Lighthouse's four scores of pages, as a desktop and as a phone, with somebody signed in.
// usage: node scripts/bench-lighthouse.mjs ORIGIN FOLDER RUNS, where FOLDER has node_modules/lighthouse, and on standard
// input {"owner": {"email", "password"}}. Writes one JSON object.
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { launch, median, signIn } from "./bench-browser.mjs";

const [origin, folder, runs] = process.argv.slice(2);
if (!runs) throw new Error("usage: node scripts/bench-lighthouse.mjs ORIGIN FOLDER RUNS");
const job = JSON.parse(await text(process.stdin));
const lighthouseFile = (name) =>
	import(pathToFileURL(join(folder, "node_modules/lighthouse", name)).href);
const { default: lighthouse } = await lighthouseFile("core/index.js");
const { default: desktop } = await lighthouseFile("core/config/desktop-config.js");

const PAGES = ["/sign-in/", "/", "/documents/", "/usage/"];
const FORMS = { desktop, mobile: undefined };
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

function freePort() {
	return new Promise((resolve) => {
		const probe = createServer().listen(0, "127.0.0.1", () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});
}

async function score(port, path, form, cookie) {
	const options = {
		port,
		logLevel: "error",
		onlyCategories: CATEGORIES,
		// A console asks search engines to stay away; that is no fault of it.
		skipAudits: ["is-crawlable"],
		extraHeaders: path === "/sign-in/" ? undefined : { Cookie: cookie },
	};
	const { lhr } = await lighthouse(origin + path, options, FORMS[form]);
	if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
	if (new URL(lhr.finalDisplayedUrl).pathname !== path)
		throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
	const number = (name) => Math.round(lhr.audits[name].numericValue);
	return {
		scores: CATEGORIES.map((name) => Math.round(100 * lhr.categories[name].score)),
		lcp_ms: number("largest-contentful-paint"),
		tbt_ms: number("total-blocking-time"),
		cls: lhr.audits["cumulative-layout-shift"].numericValue,
		failed: CATEGORIES.slice(1).flatMap((name) =>
			lhr.categories[name].auditRefs
				.filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 1)
				.map(({ id }) => id),
		),
	};
}

const port = await freePort();
const browser = await launch(`--remote-debugging-port=${port}`);
const { cookies } = await signIn(browser, origin, job.owner);
const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
const rows = [];
for (const form of Object.keys(FORMS))
	for (const path of PAGES) {
		const all = [];
		for (let run = 0; run < Number(runs); run++) all.push(await score(port, path, form, cookie));
		const middle = (of) => median(all.map(of));
		rows.push({
			path,
			form,
			scores: CATEGORIES.map((_, i) => middle((each) => each.scores[i])),
			lcp_ms: middle((each) => each.lcp_ms),
			tbt_ms: middle((each) => each.tbt_ms),
			cls: middle((each) => each.cls),
			failed: all[0].failed,
		});
	}
console.log(JSON.stringify({ runs: Number(runs), pages: rows }));
await browser.close();
