// SPDX-License-Identifier: Apache-2.0
// The API reference as the gateway serves it: without a session.
import assert from "node:assert/strict";
import { checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "gateway";

const PAGES = ["/docs/", "/docs/errors/", "/docs/response-create/", "/docs/file-create/"];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export const tests = [
	...PAGES.map((path) => ({
		name: `${path} is accessible in both themes, within the policy, and asks nobody else`,
		run: async ({ page }) => {
			const response = await page.goto(path, { waitUntil: "networkidle" });
			assert.equal(response.status(), 200);
			await page.getByRole("heading", { level: 1 }).waitFor();
			await checkThemes(page);
		},
	})),
	...PAGES.map((path) => ({
		name: `${path} fits a phone`,
		context: PHONE,
		run: async ({ page }) => {
			await page.goto(path, { waitUntil: "networkidle" });
			await fits(page);
			await checkAccess(page);
		},
	})),
	{
		name: "every operation has a page, and every link of the list leads to one",
		run: async ({ page, context }) => {
			await page.goto("/docs/");
			const addresses = await page
				.locator("main a[href^='/docs/']")
				.evaluateAll((links) => [...new Set(links.map((link) => link.pathname))]);
			assert.ok(addresses.length > 200, `${addresses.length} addresses`);
			for (const address of addresses) {
				const answer = await context.request.get(address);
				assert.equal(answer.status(), 200, address);
			}
		},
	},
	{
		name: "an operation is found by keyboard, and its code names this instance",
		run: async ({ page, origin }) => {
			await page.goto("/docs/", { waitUntil: "networkidle" });
			await page.keyboard.press("/");
			await page.keyboard.type("chat completion create");
			await page.locator("#found a").first().waitFor();
			await checkAccess(page);
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Create a chat completion" }).waitFor();
			await page.getByRole("tabpanel", { name: "curl" }).getByText(origin).waitFor();
			await page.getByRole("tab", { name: "curl" }).focus();
			await page.keyboard.press("ArrowRight");
			await page.getByRole("tabpanel", { name: "Python" }).getByText("import requests").waitFor();
			assert.equal(await page.getByRole("tabpanel").count(), 1);
		},
	},
	{
		name: "a call is tried with a key, and the answer says what was wrong with it",
		allows: [/^401: \/v1\/models$/],
		run: async ({ page }) => {
			await page.goto("/docs/model-list/", { waitUntil: "networkidle" });
			await page.getByLabel("an API key").check();
			await page.getByLabel(/^API key/).fill("bh_sk_wrong");
			await page.getByRole("button", { name: "Send GET" }).click();
			await page.getByText(/^401 .*request [0-9a-f]{32}$/).waitFor();
			await page.getByText("invalid_api_key").waitFor();
			await checkAccess(page);
			assert.equal(
				await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
				"{}",
			);
		},
	},
];
