// SPDX-License-Identifier: Apache-2.0
// write.mjs: takes the pictures under shots/ anew. usage: node tests/shots/write.mjs [NAME]... ; then look at them
import { chromium } from "playwright-core";
import { makeServer } from "./answers.mjs";
import { contextOf, LOOKS, pathsOf, SETS } from "./pages.mjs";
import { keep, take } from "./take.mjs";

const names = process.argv.slice(2);
const { server, state } = makeServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
const baseURL = `http://127.0.0.1:${server.address().port}`;
for (const set of SETS)
	for (const look of LOOKS) {
		state.who = set.who;
		const context = await browser.newContext({ ...contextOf(look), baseURL });
		const page = await context.newPage();
		await page.clock.setFixedTime(state.nowS * 1000);
		for (const [name, path] of pathsOf(set, state.ids))
			if (names.length === 0 || names.includes(name)) keep(name, look, await take(page, path));
		await context.close();
	}
await browser.close();
server.closeAllConnections();
server.close();
