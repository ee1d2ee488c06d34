// SPDX-License-Identifier: Apache-2.0
// main.mjs: runs the browser's tests and writes a JSON line per test.
// usage: node tests/browser/main.mjs [ORIGIN] [--only TEXT]
// With ORIGIN, files whose target is "gateway" run against it; those of "stub" run against scripts/stub.mjs, each
// test with a state of its own.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { makeServer } from "../../scripts/stub.mjs";
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

async function withServer(target, origin, act) {
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

async function runOne(browser, target, origin, test) {
	return withServer(target, origin, async (own, state) => {
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

/** The tests of a file, one after another: they may rest on what those before them left. */
async function runFile(file) {
	const { target, tests, missing } = await import(pathToFileURL(join(here, file)).href);
	if (target === "gateway" && !origin) return;
	const absent = await missing?.(origin);
	for (const test of tests) {
		const name = `${file.replace(".test.mjs", "")}: ${test.name}`;
		if (!name.includes(only)) continue;
		if (absent) {
			console.log(JSON.stringify({ name, outcome: "skipped", detail: absent }));
			continue;
		}
		let detail = "";
		try {
			await runOne(browser, target, origin, test);
		} catch (error) {
			failed++;
			detail = error.stack ?? String(error);
		}
		console.log(JSON.stringify({ name, outcome: detail === "" ? "passed" : "failed", detail }));
	}
}

// Mostly they wait for the page: files run beside each other, the largest first.
const files = readdirSync(here)
	.filter((name) => name.endsWith(".test.mjs"))
	.sort((one, other) => statSync(join(here, other)).size - statSync(join(here, one)).size);
await Promise.all(
	Array.from({ length: LANES }, async () => {
		for (let file = files.shift(); file !== undefined; file = files.shift()) await runFile(file);
	}),
);
await browser.close();
process.exit(failed > 0 ? 1 : 0);
