// SPDX-License-Identifier: Apache-2.0
// The export as the gateway serves it.
import assert from "node:assert/strict";
import { checkAccess, checkThemes } from "./watch.mjs";

export const target = "gateway";

const ENTRY = ["/sign-in/", "/setup/", "/reset/", "/invite/"];

export const tests = [
	...ENTRY.map((path) => ({
		name: `${path} is accessible in both themes, within the policy, and asks nobody else`,
		run: async ({ page }) => {
			const response = await page.goto(path, { waitUntil: "networkidle" });
			assert.equal(response.status(), 200);
			assert.match(
				response.headers()["content-security-policy"],
				/script-src 'self'; style-src 'self'/,
			);
			assert.equal(response.headers()["cache-control"], "no-cache");
			await page.getByRole("heading", { level: 1 }).waitFor();
			await checkThemes(page);
		},
	})),
	...["/sign-in/", "/docs/"].map((path) => ({
		name: `${path} is dark from the beginning where the system is`,
		context: { colorScheme: "dark" },
		run: async ({ page }) => {
			await page.goto(path, { waitUntil: "domcontentloaded" });
			assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
			await page.getByRole("heading", { level: 1 }).waitFor();
			await checkAccess(page);
		},
	})),
	{
		name: "an unknown address is a page with status 404",
		allows: [/^404: \/nowhere\/$/],
		run: async ({ page }) => {
			const response = await page.goto("/nowhere/");
			assert.equal(response.status(), 404);
			await page.getByRole("heading", { name: "No such page" }).waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "scripts come compressed and are kept for a year",
		run: async ({ page }) => {
			const scripts = [];
			page.on(
				"response",
				(response) =>
					response.url().includes("/_next/static/") &&
					response.url().endsWith(".js") &&
					scripts.push(response),
			);
			await page.goto("/sign-in/", { waitUntil: "networkidle" });
			assert.ok(scripts.length > 3);
			for (const script of scripts)
				assert.equal(script.headers()["cache-control"], "public, max-age=31536000, immutable");
			assert.ok(scripts.some((script) => script.headers()["content-encoding"] === "gzip"));
		},
	},
	{
		name: "a wrong password is told, and the address keeps nothing of it",
		allows: [/^40[0-9]: \/api\/auth\/session$/],
		run: async ({ page }) => {
			await page.goto("/sign-in/", { waitUntil: "networkidle" });
			await page.getByLabel("E-mail").fill("nobody@example.com");
			await page.getByLabel("Password", { exact: true }).fill("not the password");
			await page.getByRole("button", { name: "Sign in" }).click();
			await page.locator("[role=alert] p").waitFor();
			assert.equal(new URL(page.url()).search, "");
		},
	},
	{
		name: "the secret of a link leaves the address and the history at once",
		run: async ({ page }) => {
			await page.goto("/setup/#bh_ot_secret", { waitUntil: "networkidle" });
			await page.getByLabel("New password").waitFor();
			assert.equal(new URL(page.url()).hash, "");
		},
	},
];
