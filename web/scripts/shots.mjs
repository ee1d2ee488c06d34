// SPDX-License-Identifier: Apache-2.0
// shots.mjs: pictures of pages from the stub, in both themes and at two widths, for looking at.
// usage: [ORIGIN=http://…] [FULL=1] node scripts/shots.mjs FOLDER [PATH]...
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { makeServer } from "./stub.mjs";

const [folder, ...paths] = process.argv.slice(2);
if (!folder) throw new Error("usage: node scripts/shots.mjs FOLDER [PATH]...");
mkdirSync(folder, { recursive: true });

const { server } = makeServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = process.env.ORIGIN ?? `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
for (const [theme, width, height] of [
	["light", 1280, 800],
	["dark", 1280, 800],
	["light", 390, 844],
	["dark", 390, 844],
]) {
	const context = await browser.newContext({
		viewport: { width, height },
		colorScheme: theme,
		locale: "en-GB",
		timezoneId: "Europe/Berlin",
		isMobile: width < 500,
		hasTouch: width < 500,
	});
	const page = await context.newPage();
	page.on(
		"console",
		(message) =>
			message.type() === "error" && console.log(theme, width, page.url(), message.text()),
	);
	page.on("pageerror", (error) => console.log(theme, width, page.url(), String(error)));
	for (const path of paths) {
		await page.goto(origin + path, { waitUntil: "networkidle" });
		const name = `${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "start"}-${theme}-${width}.png`;
		await page.screenshot({ path: join(folder, name), fullPage: process.env.FULL === "1" });
	}
	await context.close();
}
await browser.close();
server.close();
