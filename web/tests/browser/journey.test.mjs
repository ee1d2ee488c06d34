// SPDX-License-Identifier: Apache-2.0
// Journeys of an organisation's people on the real platform.
import assert from "node:assert/strict";
import { checkAccess } from "./watch.mjs";

export const target = "gateway";

/** Why these cannot run here: null when they can. */
export async function missing(origin) {
	const response = await fetch(`${origin}/api/auth/session`);
	return response.status === 404 ? "auth has no console sessions yet" : null;
}

const people = JSON.parse(process.env.BULKHEAD_PEOPLE ?? "null");
const ANONYMOUS = /^401: \/api\/auth\/session$/;

async function signIn(page, email, password, path = "/") {
	await page.goto(path);
	await page.waitForURL(/\/sign-in\//);
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.keyboard.press("Enter");
	await page.waitForURL((url) => url.pathname === path);
	await page.getByRole("heading", { level: 1 }).waitFor();
}

export const tests = [
	{
		name: "a one-time link sets a password, with which one signs in; it works once",
		allows: [ANONYMOUS, /^401: \/api\/auth\/link$/],
		run: async ({ page }) => {
			await page.goto(people.link);
			await page.getByLabel("New password").fill("a wholly different sentence");
			await page.getByRole("button", { name: "Set password" }).click();
			await page.getByText("Your password is set").waitFor();
			await signIn(page, people.newcomer, "a wholly different sentence");
			await page.goto(people.link);
			await page.getByLabel("New password").fill("yet another sentence");
			await page.getByRole("button", { name: "Set password" }).click();
			await page.getByText("It may have been used already").waitFor();
		},
	},
	{
		name: "a key is created, used, rotated and revoked",
		allows: [ANONYMOUS],
		run: async ({ page, origin }) => {
			await signIn(page, people.owner, people.password, "/keys/");
			await page.getByRole("button", { name: "Create key" }).first().click();
			await page.getByRole("dialog").getByLabel("Name").fill("Night export");
			await page.keyboard.press("Enter");
			const made = page.getByRole("dialog", { name: "Night export is ready" });
			const secret = await made
				.getByText(/^bh_sk_/)
				.first()
				.textContent();
			const used = await fetch(`${origin}/v1/models`, {
				headers: { authorization: `Bearer ${secret}` },
			});
			assert.equal(used.status, 200);
			await made.getByRole("button", { name: "I have stored it" }).click();

			const actions = page.getByRole("button", { name: "Actions for Night export" });
			await actions.click();
			await page.getByRole("menuitem", { name: "Rotate key" }).click();
			await page
				.getByRole("dialog", { name: "Rotate Night export" })
				.getByRole("button", { name: "Rotate key" })
				.click();
			const other = await made
				.getByText(/^bh_sk_/)
				.first()
				.textContent();
			assert.notEqual(other, secret);
			await made.getByRole("button", { name: "I have stored it" }).click();

			await actions.first().click();
			await page.getByRole("menuitem", { name: "Revoke key" }).click();
			await page.getByRole("dialog").getByRole("textbox").fill("Night export");
			await page.keyboard.press("Enter");
			await page.getByText("Night export was revoked").waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "name and theme are kept by the account, and signing out ends the session",
		allows: [ANONYMOUS],
		run: async ({ page, context }) => {
			await signIn(page, people.owner, people.password, "/account/");
			await page.getByLabel("Name", { exact: true }).fill("Ada King");
			await page.getByRole("button", { name: "Save" }).click();
			await page.getByRole("button", { name: /Ada King/ }).waitFor();
			const kept = page.waitForResponse(
				(response) =>
					response.url().endsWith("/api/auth/profile") && response.request().method() === "PATCH",
			);
			await page.getByRole("radio", { name: "Dark" }).click();
			assert.equal((await kept).status(), 200);
			await checkAccess(page);
			const [cookie] = await context.cookies();
			assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Lax", "/"]);
			await page.getByRole("button", { name: /Ada King/ }).click();
			await page.getByRole("menuitem", { name: "Sign out" }).click();
			await page.waitForURL(/\/sign-in\//);
			assert.deepEqual(await context.cookies(), []);
			await page.goto("/keys/");
			await page.waitForURL(/\/sign-in\//);
		},
	},
];
