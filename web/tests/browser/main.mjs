// SPDX-License-Identifier: Apache-2.0
// main.mjs: runs the browser's tests and writes a JSON line per test.
// usage: node tests/browser/main.mjs [ORIGIN] [--only TEXT]
// With ORIGIN, files whose target is "gateway" run against it; those of "stub" run against scripts/stub.mjs, or
// what the file exports as makeServer, each test with a state of its own.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { makeServer as makeStub } from "../../scripts/stub.mjs";
import { watch } from "./watch.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT_MS = 60_000;
const LANES = 3;

function options(words) {
	const only = words.indexOf("--only");
	return {
		only: only >= 0 ? words[only + 1] : "",
		origin: words[0]?.startsWith("http") ? words[0] : undefined,
	};
}

async function withServer({ target, makeServer = makeStub }, origin, act) {
	if (target === "gateway") return act(origin, undefined);
	const { server, state } = makeServer();
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		return await act(`http://127.0.0.1:${server.address().port}`, state);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

async function runOne(browser, file, origin, test) {
	return withServer(file, origin, async (own, state) => {
		const context = await browser.newContext({
			baseURL: own,
			viewport: { width: 1280, height: 800 },
			colorScheme: "light",
			locale: "en-GB",
			timezoneId: "Europe/Berlin",
			...test.context,
		});
		context.setDefaultTimeout(10_000);
		const page = await context.newPage();
		const seen = await watch(page, own);
		let timer;
		try {
			const late = new Promise((_, fail) => {
				timer = setTimeout(() => fail(new Error("the test took longer than it may")), LIMIT_MS);
			});
			await Promise.race([test.run({ page, context, origin: own, state, seen }), late]);
			const faults = seen.faults(test.allows ?? []);
			if (faults.length > 0) throw new Error(faults.join("\n"));
		} finally {
			clearTimeout(timer);
			await context.close();
		}
	});
}

const { only, origin } = options(process.argv.slice(2));
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
let failed = 0;

async function report(file, suite, test, absent) {
	const name = `${file.replace(".test.mjs", "")}: ${test.name}`;
	if (!name.includes(only)) return;
	if (absent) {
		console.log(JSON.stringify({ name, outcome: "skipped", detail: absent }));
		return;
	}
	const begun = performance.now();
	let detail = "";
	try {
		await runOne(browser, suite, origin, test);
	} catch (error) {
		failed++;
		detail = error.stack ?? String(error);
	}
	const seconds = Math.round((performance.now() - begun) / 100) / 10;
	console.log(
		JSON.stringify({ name, outcome: detail === "" ? "passed" : "failed", detail, seconds }),
	);
}

/** What can run beside other things: a file of the gateway, whose tests may rest on those before; any test of the stub. */
async function jobsOf(file) {
	const suite = await import(pathToFileURL(join(here, file)).href);
	if (suite.target === "stub") return suite.tests.map((test) => () => report(file, suite, test));
	if (!origin) return [];
	const absent = await suite.missing?.(origin);
	return [
		async () => {
			for (const test of suite.tests) await report(file, suite, test, absent);
		},
	];
}

// Mostly they wait for the page: the largest files first, single tests fill up.
const files = readdirSync(here)
	.filter((name) => name.endsWith(".test.mjs"))
	.sort((one, other) => statSync(join(here, other)).size - statSync(join(here, one)).size);
const jobs = (await Promise.all(files.map(jobsOf)))
	.sort((one, other) => one.length - other.length)
	.flat();
await Promise.all(
	Array.from({ length: LANES }, async () => {
		for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
	}),
);
await browser.close();
process.exit(failed > 0 ? 1 : 0);
