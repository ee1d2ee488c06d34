// SPDX-License-Identifier: Apache-2.0
// What an organisation's owner does about its people, money and log, on the real platform.
import assert from "node:assert/strict";
import { begin, checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "gateway";

const people = JSON.parse(process.env.BULKHEAD_PEOPLE ?? "null");
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function signIn(page, path) {
	await begin(page, people.owner, people.password);
	await show(page, path);
}

async function show(page, path) {
	await page.goto(path, { waitUntil: "networkidle" });
	// By its tag: a dialog takes the page behind it away from roles.
	await page.locator("h1").waitFor();
}

/** A file that a link leads to, read with the page's session. */
async function download(page, name) {
	const href = await page.getByRole("link", { name, exact: true }).getAttribute("href");
	const response = await page.request.get(href);
	assert.equal(response.status(), 200);
	return { href, text: await response.text() };
}

const PATHS = [
	"/members/",
	"/members/?tab=invitations",
	"/members/?do=invite",
	"/teams/",
	"/teams/?do=create",
	"/usage/",
	"/usage/?range=hour&by=key&measure=tokens",
	"/usage/?range=custom",
	"/usage/?tab=events",
	"/usage/?tab=budgets&all=1",
	"/usage/?tab=budgets&do=budget",
	"/usage/?tab=notices",
	"/billing/",
	"/billing/?tab=invoices",
	"/billing/?tab=credits",
	"/billing/?tab=profile",
	"/audit/",
	"/audit/?span=custom",
	"/settings/",
];

const AREAS = [...new Set(PATHS.map((path) => path.split("?")[0]))];
const pathsOf = (area) => PATHS.filter((path) => path.split("?")[0] === area);

export const tests = [
	...AREAS.flatMap((area) => [
		{
			name: `${area} is accessible in both themes`,
			run: async ({ page }) => {
				await signIn(page, area);
				for (const path of pathsOf(area)) {
					await show(page, path);
					await checkThemes(page);
				}
			},
		},
		{
			name: `${area} fits a phone and a window of 320 px`,
			context: PHONE,
			run: async ({ page }) => {
				await signIn(page, area);
				for (const path of pathsOf(area)) {
					await show(page, path);
					for (const width of [390, 320]) {
						await page.setViewportSize({ width, height: 844 });
						await fits(page);
					}
				}
			},
		},
	]),
	{
		name: "somebody is invited, and the invitation is revoked; the last owner stays one",
		allows: [/^4\d\d: \/api\/users\/[^/]+\/role$/],
		run: async ({ page }) => {
			await signIn(page, "/members/");
			await page.getByRole("button", { name: "Invite" }).click();
			await page.getByLabel("Email address").fill("nobody");
			await page.keyboard.press("Enter");
			await page.getByText("An email address, such as").waitFor();
			await page.getByLabel("Email address").fill("kay@console.example");
			await page.getByRole("radio", { name: "Viewer" }).click();
			await page.getByRole("button", { name: "Send invitation" }).click();
			await page.getByText("kay@console.example was invited").waitFor();
			await page.getByRole("button", { name: "Actions for kay@console.example" }).click();
			await page.getByRole("menuitem", { name: "Revoke invitation" }).click();
			await page.getByRole("button", { name: "Revoke invitation" }).click();
			await page.getByText("The invitation of kay@console.example was revoked").waitFor();
			await page.getByRole("cell", { name: "Revoked" }).waitFor();
			await checkAccess(page);

			await page.getByRole("tab", { name: "Members" }).click();
			await page.getByRole("row", { name: people.owner }).getByRole("button").click();
			await page.getByRole("menuitem", { name: "Change role" }).click();
			await page.getByRole("radio", { name: "Viewer" }).click();
			await page.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
			await page.getByRole("dialog").getByRole("alert").waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "a team is created by keyboard, gets a budget and loses it",
		run: async ({ page }) => {
			const name = `Night shift ${Date.now()}`;
			await signIn(page, "/teams/");
			await page.getByRole("button", { name: "Create team" }).first().focus();
			await page.keyboard.press("Enter");
			await page.getByRole("dialog").waitFor();
			await page.keyboard.type(name);
			await page.keyboard.press("Enter");
			await page.getByRole("link", { name }).click();
			await page.waitForURL(/\?id=/);
			await page.getByRole("dialog", { name }).getByText("Nobody yet").waitFor();

			await show(page, "/usage/?tab=budgets&do=budget");
			const dialog = page.getByRole("dialog");
			await dialog.getByRole("combobox", { name: "Team" }).fill(name);
			await page.getByRole("option", { name }).click();
			await dialog.getByLabel("A month").fill("12,50");
			await dialog.getByRole("button", { name: "Save budget" }).click();
			await page.getByText(`The budget of ${name} was saved`).waitFor();
			const row = page.getByRole("row", { name });
			await row.getByText("12.50").waitFor();
			await row.getByRole("button").click();
			await page.waitForURL(/budget=team/);
			await dialog.getByLabel("A month").fill("");
			await dialog.getByRole("button", { name: "Remove budget" }).click();
			await row.waitFor({ state: "detached" });
		},
	},
	{
		name: "usage is narrowed by a click, told by the address, and taken along as exactly that",
		run: async ({ page }) => {
			await signIn(page, "/usage/");
			await page.getByRole("link", { name: /Show only journey-model/ }).click();
			await page.waitForURL(/model=journey-model/);
			await page.getByRole("button", { name: /Remove the filter Model/ }).waitFor();
			const { href, text } = await download(page, "CSV");
			assert.match(href, /model=journey-model/);
			const [head, ...rows] = text.trim().split("\n");
			assert.ok(rows.length > 0);
			const column = head.trim().split(",").indexOf("model");
			for (const row of rows) assert.equal(row.split(",")[column], "journey-model");
			await page.getByRole("radio", { name: "Table" }).click();
			await page.getByRole("columnheader", { name: "journey-model" }).waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "a plan is cancelled, and kept after all",
		run: async ({ page }) => {
			await signIn(page, "/billing/");
			await page.getByRole("button", { name: "Cancel plan" }).click();
			await page.getByRole("dialog").getByRole("button", { name: "Cancel plan" }).click();
			await page.getByText("The plan ends on").waitFor();
			await checkAccess(page);
			await page.getByRole("button", { name: "Keep the plan" }).click();
			await page.getByText("The plan ends on").waitFor({ state: "detached" });
		},
	},
	{
		name: "an invoice opens with its lines, and downloads as PDF; another's looks like none",
		allows: [/^404: \/api\/billing\/invoices\//],
		run: async ({ page }) => {
			await signIn(page, "/billing/?tab=invoices");
			await page.getByRole("link", { name: /^INV-/ }).first().click();
			await page.getByRole("dialog").getByText("Sum of the lines").waitFor();
			await checkAccess(page);
			const { text } = await download(page, "Download PDF");
			assert.ok(text.startsWith("%PDF"));
			await show(page, "/billing/?tab=invoices&id=00000000-0000-4000-8000-000000000001");
			await page.getByText("This does not exist, or you have no access to it.").waitFor();
		},
	},
	{
		name: "the log is filtered, exported as exactly that, and one line has an address",
		run: async ({ page }) => {
			await signIn(page, "/audit/?action=session.");
			const line = page.getByRole("link", { name: "session.begin" }).first();
			await line.waitFor();
			const { text } = await download(page, "JSON");
			// Between the proof and its end.
			const [proof, ...lines] = text
				.trim()
				.split("\n")
				.map((each) => JSON.parse(each));
			const end = lines.pop();
			assert.deepEqual([proof.object, end.object], ["audit_proof", "audit_proof_end"]);
			assert.ok(lines.length > 0);
			assert.equal(end.events, lines.length);
			for (const each of lines) assert.match(each.action, /^session\./);
			await line.click();
			await page.getByRole("dialog", { name: "session.begin" }).waitFor();
			await checkAccess(page);
			await page.reload();
			await page.getByRole("dialog", { name: "session.begin" }).getByText("The whole line");
			await show(page, "/audit/?event=00000000-0000-4000-8000-000000000001&at=1700000000");
			await page.getByText("This does not exist, or you have no access to it.").waitFor();
		},
	},
	{
		name: "settings are kept: the length of sessions, and origins",
		run: async ({ page }) => {
			await signIn(page, "/settings/");
			await page.getByRole("combobox", { name: "End a session when unused for" }).click();
			await page.getByRole("option", { name: "4 hours" }).click();
			await page.getByText("Saved").first().waitFor();
			await page.getByLabel("Origins").fill("https://app.example.com");
			await page.getByRole("button", { name: "Save" }).last().click();
			await page.getByRole("button", { name: "Save" }).last().isDisabled();
			await page.reload({ waitUntil: "networkidle" });
			await page.getByText("https://app.example.com").first().waitFor();
			await page
				.getByRole("combobox", { name: "End a session when unused for" })
				.getByText("4 hours")
				.waitFor();
			await checkAccess(page);
		},
	},
];
