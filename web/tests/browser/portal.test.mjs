// SPDX-License-Identifier: Apache-2.0
// The portals over the made-up API of scripts/stub.mjs: what can be tried without a platform.
import assert from "node:assert/strict";
import { checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "stub";

const PAGES = ["/", "/keys/", "/account/"];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function open(page, path) {
	await page.goto(path, { waitUntil: "networkidle" });
	await page.getByRole("heading", { level: 1 }).waitFor();
}

export const tests = [
	...PAGES.map((path) => ({
		name: `${path} is accessible in both themes and within the policy`,
		run: async ({ page }) => {
			await open(page, path);
			await checkThemes(page);
		},
	})),
	...PAGES.map((path) => ({
		name: `${path} fits a phone and a window of 320 px`,
		context: PHONE,
		run: async ({ page }) => {
			await open(page, path);
			await fits(page);
			await checkAccess(page);
			await page.setViewportSize({ width: 320, height: 640 });
			await fits(page);
		},
	})),
	...PAGES.map((path) => ({
		name: `${path} says nothing that is not translated, and has room for longer words`,
		context: { viewport: { width: 1024, height: 800 } },
		run: async ({ page }) => {
			await page.addInitScript(() => localStorage.setItem("bulkhead.locale", "en-XA"));
			await open(page, path);
			await page.getByRole("link", { name: /~/ }).first().waitFor();
			const plain = await page.evaluate(
				(data) =>
					[...document.querySelectorAll("h1, h2, h3, button, label, th, nav a, dt")]
						.map((each) => each.textContent.trim())
						.filter((text) => text !== "" && !text.includes("~") && !data.includes(text)),
				["AAda Lovelaceada@example.com", "English", "Northwind Research"],
			);
			assert.deepEqual(plain, []);
			await fits(page);
		},
	})),
	{
		name: "without a session one signs in and comes back to where one was",
		allows: [/^401: \/api\/auth\/session$/],
		run: async ({ page, state }) => {
			state.signedIn = false;
			await page.goto("/keys/?do=create");
			await page.waitForURL(/\/sign-in\//);
			await page.getByLabel("E-mail").fill("ada@example.com");
			await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
			await page.keyboard.press("Enter");
			await page.waitForURL((url) => url.pathname === "/keys/" && url.search === "?do=create");
			await page.getByRole("dialog", { name: "Create API key" }).waitFor();
		},
	},
	{
		name: "a key is created by keyboard, shown once, and rotated",
		run: async ({ page }) => {
			await open(page, "/keys/");
			await page.getByRole("button", { name: "Create key" }).first().focus();
			await page.keyboard.press("Enter");
			const dialog = page.getByRole("dialog", { name: "Create API key" });
			await dialog.waitFor();
			assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "name");
			await checkAccess(page);
			await page.keyboard.press("Enter");
			await dialog.getByText("Give the key a name").waitFor();
			await page.keyboard.type("Night export");
			await page.keyboard.press("Enter");
			const made = page.getByRole("dialog", { name: "Night export is ready" });
			await made
				.getByText(/^bh_sk_/)
				.first()
				.waitFor();
			await checkAccess(page);
			await made.getByRole("tab", { name: "Python" }).click();
			await made.getByText("from openai import OpenAI").waitFor();
			await made.getByRole("button", { name: "I have stored it" }).click();
			await made.waitFor({ state: "hidden" });
			assert.equal(await page.getByText(/bh_sk_3f9a7c1e5b2d4860/).count(), 0);
			await page.getByRole("button", { name: "Actions for Night export" }).click();
			await page.getByRole("menuitem", { name: "Rotate key" }).click();
			await page
				.getByRole("dialog", { name: "Rotate Night export" })
				.getByRole("button", { name: "Rotate key" })
				.click();
			await page.getByRole("dialog", { name: "Night export is ready" }).waitFor();
		},
	},
	{
		name: "revoking asks for the name, and the focus comes back",
		run: async ({ page }) => {
			await open(page, "/keys/");
			const actions = page.getByRole("button", { name: "Actions for Staging" });
			await actions.click();
			await checkAccess(page);
			await page.getByRole("menuitem", { name: "Revoke key" }).click();
			const dialog = page.getByRole("dialog", { name: "Revoke this key?" });
			await dialog.waitFor();
			await page.keyboard.press("Escape");
			await dialog.waitFor({ state: "hidden" });
			await page.waitForFunction(
				() => document.activeElement?.getAttribute("aria-label") === "Actions for Staging",
			);
			await page.keyboard.press("Enter");
			await page.getByRole("menuitem", { name: "Revoke key" }).click();
			const revoke = dialog.getByRole("button", { name: "Revoke key" });
			assert.ok(await revoke.isDisabled());
			await checkAccess(page);
			await dialog.getByRole("textbox").fill("Staging");
			await revoke.click();
			await page.getByText("Staging was revoked").waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "a menu is walked by keys, gives the focus back, and closes by what is outside of it",
		run: async ({ page }) => {
			await open(page, "/keys/");
			const button = page.getByRole("button", { name: "Actions for Staging" });
			const menu = page.getByRole("menu");
			const focused = (text) =>
				page.waitForFunction((wanted) => document.activeElement?.textContent === wanted, text);
			await button.focus();
			await page.keyboard.press("ArrowDown");
			await focused("Rotate key");
			assert.equal(await button.getAttribute("aria-expanded"), "true");
			await page.getByRole("menu", { name: "Actions for Staging" }).waitFor();
			for (const [key, text] of [
				["ArrowDown", "Revoke key"],
				["ArrowDown", "Rotate key"],
				["End", "Revoke key"],
				["Home", "Rotate key"],
				["r", "Revoke key"],
			]) {
				await page.keyboard.press(key);
				await focused(text);
			}
			await page.keyboard.press("Escape");
			await menu.waitFor({ state: "detached" });
			assert.ok(await button.evaluate((each) => each === document.activeElement));
			await page.keyboard.press("ArrowUp");
			await focused("Revoke key");
			await page.keyboard.press("Tab");
			await menu.waitFor({ state: "detached" });
			await button.click();
			await menu.waitFor();
			await button.click();
			await menu.waitFor({ state: "detached" });
			await button.click();
			await page.getByRole("heading", { level: 1 }).click();
			await menu.waitFor({ state: "detached" });
		},
	},
	{
		name: "a menu lies within the window, whatever is around its button",
		context: { viewport: { width: 360, height: 420 } },
		run: async ({ page }) => {
			await open(page, "/keys/");
			for (const button of await page.getByRole("button", { name: /^Actions for/ }).all()) {
				await button.click();
				const box = await page.getByRole("menu").boundingBox();
				assert.ok(box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
				assert.ok(box.y >= 0 && box.y + box.height <= 420, JSON.stringify(box));
				await page.keyboard.press("Escape");
			}
		},
	},
	{
		name: "a time tells UTC to the mouse and to the keyboard, stays under the mouse, and goes with Escape",
		run: async ({ page }) => {
			await page.clock.install();
			await open(page, "/keys/");
			const time = page.locator("main time").last();
			const told = page.getByText(/ UTC$/);
			await time.hover();
			await told.waitFor();
			const box = await told.boundingBox();
			await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
			await page.clock.runFor(5000);
			assert.ok(await told.isVisible());
			await page.getByRole("heading", { level: 1 }).hover();
			await told.waitFor({ state: "hidden" });
			// A key was pressed: then the focus shows.
			await page.keyboard.press("Tab");
			await time.focus();
			await told.waitFor();
			await checkAccess(page);
			await page.keyboard.press("Escape");
			await told.waitFor({ state: "hidden" });
		},
	},
	{
		name: "the palette finds pages and runs actions; menu clicks load no document",
		run: async ({ page }) => {
			await open(page, "/");
			await page.evaluate(() => {
				window.sameDocument = true;
			});
			await page.keyboard.press("Control+k");
			const field = page.getByRole("combobox", { name: "Search or run a command" });
			await field.waitFor();
			await checkAccess(page);
			await field.fill("create key");
			await page.keyboard.press("Enter");
			await page.getByRole("dialog", { name: "Create API key" }).waitFor();
			await page.keyboard.press("Escape");
			await page.getByRole("link", { name: "Overview" }).click();
			await page.getByRole("heading", { level: 1, name: "Northwind Research" }).waitFor();
			await page.keyboard.press("g");
			await page.keyboard.press("k");
			await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
			await page.keyboard.press("?");
			await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
			await checkAccess(page);
			assert.equal(await page.evaluate(() => window.sameDocument), true);
		},
	},
	{
		name: "theme and language are chosen in the account menu, and stay",
		run: async ({ page }) => {
			await open(page, "/keys/");
			await page.getByRole("button", { name: /Ada Lovelace/ }).click();
			await checkAccess(page);
			await page.getByRole("menuitemcheckbox", { name: "Dark" }).click();
			assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
			await page.getByRole("button", { name: /Ada Lovelace/ }).click();
			await page.getByRole("menuitemcheckbox", { name: "Deutsch" }).click();
			await page.getByRole("heading", { level: 1, name: "API-Schlüssel" }).waitFor();
			assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
			await page.reload({ waitUntil: "networkidle" });
			await page.getByRole("heading", { level: 1, name: "API-Schlüssel" }).waitFor();
			assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
		},
	},
	{
		name: "the menu is a drawer on a phone",
		context: PHONE,
		run: async ({ page }) => {
			await open(page, "/");
			await page.getByRole("button", { name: "Open menu" }).click();
			await checkAccess(page);
			await page.getByRole("dialog").getByRole("link", { name: "API keys" }).click();
			await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
			await page.getByRole("dialog").waitFor({ state: "hidden" });
		},
	},
	{
		name: "a session that ends leaves what was typed, and says so",
		allows: [/^401: /],
		run: async ({ page, state }) => {
			await page.goto("/keys/?do=create", { waitUntil: "networkidle" });
			const name = page.getByRole("dialog").getByLabel("Name");
			await name.fill("Half written");
			state.signedIn = false;
			await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
			await page.getByText("Your session has ended.").first().waitFor();
			assert.equal(await name.inputValue(), "Half written");
		},
	},
	{
		name: "a second factor is set up with a code, and its recovery codes are shown once",
		run: async ({ page }) => {
			await open(page, "/account/");
			await page.getByRole("button", { name: "Set up" }).click();
			const dialog = page.getByRole("dialog", { name: "Set up the second factor" });
			await dialog.getByRole("img", { name: /QR code/ }).waitFor();
			await checkAccess(page);
			await dialog.getByLabel("Code", { exact: true }).fill("123456");
			await dialog.getByRole("button", { name: "Confirm" }).click();
			await page
				.getByRole("dialog", { name: "Recovery codes" })
				.getByText(/k7mq-1000-x2vd/)
				.waitFor();
			await page.getByRole("button", { name: "I have stored them" }).click();
			await page.getByText("New recovery codes").waitFor();
		},
	},
	{
		name: "an old tab is told of an upgrade when it is looked at again, and loses nothing",
		run: async ({ page }) => {
			await open(page, "/account/");
			await page.getByLabel("Name", { exact: true }).fill("Half written");
			await page.route("/build.json", (route) => route.fulfill({ json: { id: "another" } }));
			await page.evaluate(() => dispatchEvent(new Event("focus")));
			await page.getByRole("button", { name: "Reload" }).waitFor();
			assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Half written");
			await checkAccess(page);
		},
	},
	{
		name: "a page whose files are gone says so in the frame",
		allows: [/^404: \/_next\//, /^console: /, /^error: .*chunk/i],
		run: async ({ page }) => {
			await open(page, "/");
			await page.route("**/_next/static/chunks/**", (route) => route.fulfill({ status: 404 }));
			await page.getByRole("navigation").getByRole("link", { name: "API keys" }).click();
			await page.getByRole("button", { name: "Reload" }).waitFor();
		},
	},
	{
		name: "an act that wants a fresh proof asks for it over its dialog, and is then done",
		allows: [/^403: \/api\/keys\//, /^401: \/api\/auth\/session\/elevate$/],
		run: async ({ page, state }) => {
			state.asksProof = true;
			await open(page, "/keys/");
			await page.getByRole("button", { name: "Actions for Staging" }).click();
			await page.getByRole("menuitem", { name: "Revoke key" }).click();
			await page
				.getByRole("dialog", { name: "Revoke this key?" })
				.getByRole("textbox")
				.fill("Staging");
			await page.keyboard.press("Enter");
			const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
			await proof.getByLabel("Password", { exact: true }).fill("wrong");
			await page.keyboard.press("Enter");
			await proof.getByText("That was not accepted.").waitFor();
			await checkAccess(page);
			await proof.getByLabel("Password", { exact: true }).fill("correct horse battery");
			await page.keyboard.press("Enter");
			await page.getByText("Staging was revoked").waitFor();
			await proof.waitFor({ state: "hidden" });
			await page.getByRole("dialog", { name: "Revoke this key?" }).waitFor({ state: "hidden" });
			// What was just told does not take the keys away.
			await page.keyboard.press("?");
			await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
		},
	},
	{
		name: "another organisation is a new session, and the platform is not its business",
		run: async ({ page }) => {
			await open(page, "/keys/");
			await page.getByRole("button", { name: /Northwind Research/ }).click();
			await page.getByRole("menuitemcheckbox", { name: /Harbour Logistics/ }).click();
			await page.waitForURL((url) => url.pathname === "/");
			await page.getByRole("button", { name: /Harbour Logistics/ }).waitFor();
			await open(page, "/platform/");
			await page.getByText("This part is for those who run the platform.").waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "who acts for somebody is told so on every page, and ends it there",
		run: async ({ page, state }) => {
			state.session.impersonation = {
				by: "root@example.com",
				reason: "Ticket 4711",
				until: Math.floor(Date.now() / 1000) + 1800,
			};
			await open(page, "/account/");
			await page
				.getByText(/You act in Northwind Research as Ada Lovelace .* Ticket 4711/)
				.waitFor();
			assert.equal(await page.getByRole("button", { name: "Change password" }).count(), 0);
			await checkAccess(page);
			const ended = page.waitForRequest((request) => request.method() === "DELETE");
			await page.getByRole("button", { name: "End", exact: true }).first().click();
			assert.ok((await ended).url().endsWith("/api/auth/session"));
		},
		allows: [/^401: /],
	},
	{
		name: "the open list of a field is accessible, narrowed by typing, and left with Escape",
		run: async ({ page }) => {
			await open(page, "/account/");
			await page.getByRole("button", { name: "Show options" }).click();
			await page.getByRole("listbox").waitFor();
			await checkAccess(page);
			const field = page.getByRole("combobox", { name: "Time zone" });
			await field.fill("Lisb");
			await page.getByRole("option", { name: "Europe/Lisbon" }).waitFor();
			await checkAccess(page);
			await page.keyboard.press("Escape");
			await page.getByRole("listbox").waitFor({ state: "detached" });
			await page.getByRole("button", { name: "Save" }).waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "a refusal names its limit and request, and counts down to the next try",
		allows: [/^429: \/api\/keys$/],
		run: async ({ page, state }) => {
			state.refusal = {
				status: 429,
				headers: { "retry-after": "2" },
				body: {
					error: {
						message: "Too many requests of this tenant.",
						type: "rate_limit_error",
						param: "requests_per_minute",
						code: "rate_limit_exceeded",
					},
				},
			};
			await open(page, "/keys/");
			const panel = page
				.getByRole("alert")
				.filter({ hasText: "Too many requests of this tenant." });
			await panel.getByText("Limit: requests_per_minute").waitFor();
			await panel.getByText("4bf92f357…4736").waitFor();
			await checkAccess(page);
			state.refusal = null;
			await panel.getByRole("button", { name: "Try again", exact: true }).click();
			await page.getByText("Billing export").waitFor();
		},
	},
];
