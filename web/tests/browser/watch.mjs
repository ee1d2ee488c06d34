// SPDX-License-Identifier: Apache-2.0
// watch.mjs: what must not happen on any page, and axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** React holds what was fetched back for up to 300 ms before it shows it. */
const LATE_MS = 400;

/** Notes violations of the policy, errors on the console, requests that leave the origin, and answers 404. */
export async function watch(page, origin) {
	const found = [];
	let pending = 0;
	let heard = 0;
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
	for (const end of ["requestfinished", "requestfailed"])
		page.on(end, () => {
			pending--;
			heard++;
		});
	page.on("request", (request) => {
		pending++;
		heard++;
		const url = new URL(request.url());
		if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol))
			found.push(`elsewhere: ${request.url()}`);
	});
	page.on("response", (response) => {
		if (response.status() >= 400)
			found.push(`${response.status()}: ${new URL(response.url()).pathname}`);
	});
	return {
		/** Until the page has asked for nothing for a while, and has nothing to do: what is not there then does not come. */
		quiet: async () => {
			let before;
			do {
				before = heard;
				await page.evaluate(
					(ms) =>
						new Promise((resolve) => setTimeout(() => requestIdleCallback(() => resolve()), ms)),
					LATE_MS,
				);
			} while (pending > 0 || heard !== before);
		},
		/** `allows`: expressions for what the test provokes. */
		faults: (allows) => found.filter((each) => !allows.some((pattern) => pattern.test(each))),
	};
}

/** A session for the browser, without the way over the page for it, which has tests of its own. */
export async function begin(page, email, password) {
	const answer = await page.request.post("/api/auth/session", { data: { email, password } });
	if (answer.status() !== 200) throw new Error(`${email}: ${answer.status()}`);
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

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The rules whose outcome a theme can change. */
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** Fails with what axe finds in the page as it is now. */
export async function checkAccess(page, runOnly = STANDARDS) {
	// Evaluated, not loaded: the policy refuses a script tag from elsewhere. Once per document.
	if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe}; undefined`);
	// A colour on its way is not the colour.
	await page.evaluate(() =>
		Promise.all(
			document
				.getAnimations()
				.filter((each) => each.effect?.getTiming().iterations !== Infinity)
				.map((each) => each.finished.catch(() => undefined)),
		),
	);
	const { violations } = await page.evaluate((rules) => {
		// Menus and lists above the page are outside of its landmarks by nature.
		const above =
			document.querySelector("[data-base-ui-portal] *, [popover]:popover-open") !== null;
		// Guards at the ends of an overlay hand the focus on at once; axe guesses whether one is open by its place.
		const context = { exclude: ["[data-base-ui-focus-guard]"] };
		return window.axe.run(context, {
			runOnly: rules,
			rules: above ? { region: { enabled: false } } : {},
			resultTypes: ["violations"],
		});
	}, runOnly);
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

/** The same in both themes: of the second, what differs is its colours. */
export async function checkThemes(page) {
	await checkAccess(page);
	for (const [theme, rules] of [
		["dark", COLOURS],
		["light", null],
	]) {
		await page.emulateMedia({ colorScheme: theme });
		await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
		if (rules) await checkAccess(page, rules);
	}
}
