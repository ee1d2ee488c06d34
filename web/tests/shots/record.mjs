// SPDX-License-Identifier: Apache-2.0
// record.mjs: keeps what a platform with the demonstration's data answers to the pages that are kept as pictures.
// usage: node tests/shots/record.mjs ORIGIN; CONSOLE_WHOLE says who there is (tests/browser/whole.py NODE --record)
import { writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { PASSWORD, signIn } from "../whole/steps.mjs";
import { answersPath } from "./answers.mjs";
import { contextOf, LOOKS, pathsOf, SETS, settle } from "./pages.mjs";

const ADMIN = "admin@bulkhead.local";
const [origin] = process.argv.slice(2);
const { link, demo, folder } = JSON.parse(process.env.CONSOLE_WHOLE);
const PEOPLE = { owner: demo, staff: { email: ADMIN, password: PASSWORD } };
/** One clock for the record and for the pictures, so that addresses made from it are the same. */
const nowS = Math.floor(Date.now() / 1000);

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox"],
});

async function setPassword() {
	const page = await browser.newPage({ baseURL: origin });
	await page.goto(link);
	await page.getByLabel("New password").fill(PASSWORD);
	await page.getByRole("button", { name: "Set password" }).click();
	await page.getByText("Your password is set").waitFor();
	await page.close();
}

/** Nothing of the machine that it was recorded on is kept. */
const plain = (text) =>
	text
		.replaceAll(`${folder}/home`, "/var/lib/bulkhead")
		.replaceAll(`${folder}/programs`, "/opt/bulkhead")
		.replaceAll(new URL(origin).host, "127.0.0.1:8080");

function keep(page, who, answers) {
	const reading = [];
	page.on("response", (response) => {
		const url = new URL(response.url());
		const type = response.headers()["content-type"] ?? "";
		if (response.request().method() !== "GET" || !/^\/(api|v1)\//.test(url.pathname)) return;
		const path = url.pathname + url.search;
		const isStream = type.startsWith("text/event-stream");
		// Others are drawn for them: these have more colours than a kept picture.
		if (url.pathname.startsWith("/v1/files/")) return;
		reading.push(
			(isStream ? Promise.resolve("") : response.text()).then((body) =>
				answers.set(`${who} ${path}`, {
					who,
					path,
					status: response.status(),
					type: type.split(";")[0],
					body: plain(body),
				}),
			),
		);
	});
	return () => Promise.all(reading);
}

const PROMPTS = [
	"A lighthouse on a cliff at dusk, woodcut in two colours",
	"Plan of a small harbour with four berths, seen from above",
	"A cargo bicycle in front of a warehouse, flat illustration",
];

/** Without an image model the test backend draws them; one gets its alternative text. */
async function drawPictures(page) {
	await page.evaluate(async (prompts) => {
		const post = async (path, body) => {
			const answer = await fetch(path, {
				method: "POST",
				headers: { "content-type": "application/json", "x-bulkhead-console": "1" },
				body: JSON.stringify(body),
			});
			if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
		};
		for (const [seed, prompt] of prompts.entries())
			await post("/v1/images/generations", {
				prompt,
				size: "320x320",
				output_format: "webp",
				quality: "low",
				bulkhead: { seed },
			});
		const { data } = await (await fetch("/v1/images?limit=1")).json();
		await post(`/v1/images/${data[0].id}`, { alt: "A cargo bicycle beside crates" });
	}, PROMPTS);
}

/** The things whose own pages are kept: what stands first in their lists. */
async function idsOf(page) {
	const first = async (path) => (await (await page.request.get(path)).json()).data[0].id;
	return {
		chat: await first("/api/chats?limit=1"),
		store: await first("/v1/vector_stores?limit=1"),
		picture: await first("/v1/images?limit=1"),
	};
}

await setPassword();
const answers = new Map();
const ids = { tenant: demo.tenant };
for (const set of SETS) {
	const { who } = set;
	if (!PEOPLE[who]) continue;
	const context = await browser.newContext({ ...contextOf(LOOKS[0]), baseURL: origin });
	const page = await context.newPage();
	await page.clock.setFixedTime(nowS * 1000);
	await signIn(page, PEOPLE[who].email, PEOPLE[who].password);
	// Where it leads to asks with the same session; what it got is kept from here on.
	await settle(page);
	const kept = keep(page, who, answers);
	if (who === "owner") {
		await drawPictures(page);
		Object.assign(ids, await idsOf(page));
	}
	for (const [, path] of pathsOf(set, ids)) {
		await page.goto(path);
		await settle(page);
	}
	await kept();
	await context.close();
}
await browser.close();
const rows = [...answers.values()].sort((one, other) =>
	`${one.who} ${one.path}` < `${other.who} ${other.path}` ? -1 : 1,
);
writeFileSync(
	answersPath,
	[{ now_s: nowS, ids }, ...rows].map((row) => `${JSON.stringify(row)}\n`).join(""),
);
console.log(`${rows.length} answers`);
