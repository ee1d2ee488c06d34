// SPDX-License-Identifier: Apache-2.0
// watch.mjs: what must not happen on any page, and axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Notes violations of the policy, errors on the console, requests that leave the origin, and answers 404. */
export async function watch(page, origin) {
	const found = [];
	await page.exposeFunction("bulkheadViolation", (text) => found.push(`policy: ${text}`));
	await page.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (event) =>
			window.bulkheadViolation(
				`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}:${event.lineNumber}`,
			),
		);
	});
	page.on("console", (message) => {
		// The browser's own words on an answer that is an error; those answers are noted below.
		if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
			found.push(`console: ${message.text()}`);
	});
	page.on("pageerror", (error) => found.push(`error: ${error.stack ?? error}`));
	page.on("request", (request) => {
		const url = new URL(request.url());
		if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol))
			found.push(`elsewhere: ${request.url()}`);
	});
	page.on("response", (response) => {
		if (response.status() >= 400)
			found.push(`${response.status()}: ${new URL(response.url()).pathname}`);
	});
	return {
		/** `allows`: expressions for what the test provokes. */
		faults: (allows) => found.filter((each) => !allows.some((pattern) => pattern.test(each))),
	};
}

/**
 * Nothing is wider than the window: WCAG's reflow. Against the window's size as it was set: a phone zooms out to show what
 * is too wide, and `innerWidth` grows with it. Charts follow the window a frame later.
 */
export async function fits(page) {
	const { width } = page.viewportSize();
	const within = (most) => document.documentElement.scrollWidth <= most;
	await page.waitForFunction(within, width).catch(async (error) => {
		const inside = await page.evaluate(() => document.documentElement.scrollWidth);
		throw inside > width ? new Error(`${page.url()} is ${inside} px wide in ${width} px`) : error;
	});
}

/** Fails with what axe finds in the page as it is now. */
export async function checkAccess(page) {
	// Evaluated, not loaded: the policy refuses a script tag from elsewhere.
	await page.evaluate(`${axe}; undefined`);
	// A colour on its way is not the colour.
	await page.evaluate(() =>
		Promise.all(
			document
				.getAnimations()
				.filter((each) => each.effect?.getTiming().iterations !== Infinity)
				.map((each) => each.finished.catch(() => undefined)),
		),
	);
	const { violations } = await page.evaluate(() => {
		// Menus and lists above the page are outside of its landmarks by nature.
		const above = document.querySelector("[data-base-ui-portal] *") !== null;
		// Guards at the ends of an overlay hand the focus on at once; axe guesses whether one is open by its place.
		const context = { exclude: ["[data-base-ui-focus-guard]"] };
		return window.axe.run(context, {
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
			rules: { region: { enabled: !above } },
			resultTypes: ["violations"],
		});
	});
	if (violations.length === 0) return;
	throw new Error(
		violations
			.map(
				(each) =>
					`axe ${each.id}: ${each.help}\n${each.nodes.map((node) => `  ${node.target} ${node.failureSummary?.split("\n")[1] ?? ""}`).join("\n")}`,
			)
			.join("\n"),
	);
}
