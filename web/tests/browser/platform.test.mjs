// SPDX-License-Identifier: Apache-2.0
// Journeys of the platform's staff on the real platform.
import assert from "node:assert/strict";
import { begin, checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "gateway";

const people = JSON.parse(process.env.BULKHEAD_PEOPLE ?? "null");
/** The first try of an act that wants a fresh proof. */
const UNPROVED = /^403: \/api\/(tenants|plans|accounts)(\/|$)/;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const PAGES = [
	"/platform/",
	"/platform/tenants/",
	"/platform/tenants/?tab=receipts",
	"/platform/accounts/",
	"/platform/models/",
	"/platform/plans/",
	"/platform/plans/?tab=prices",
	"/platform/invoices/",
	"/platform/mail/",
	"/platform/mail/?state=local",
	"/platform/health/",
	"/platform/audit/",
	"/platform/settings/",
];
const TABS = [
	"overview",
	"members",
	"limits",
	"plan",
	"invoices",
	"credits",
	"models",
	"storage",
	"audit",
];

async function signIn(page, path = "/platform/") {
	await begin(page, people.staff, people.password);
	await page.goto(path);
	await page.getByRole("heading", { level: 1 }).waitFor();
}

async function settled(page, path) {
	await page.goto(path);
	// A drawer that the address opens hides the rest of the page from the tree of roles.
	await page.locator("h1").first().waitFor({ state: "attached" });
	await page.waitForFunction(() => !document.querySelector("main [aria-busy=true]"));
}

/** The dialog that asks for a fresh proof, where the session has none. */
async function prove(page) {
	const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
	await dialog.waitFor();
	await dialog.getByLabel("Password", { exact: true }).fill(people.password);
	await page.keyboard.press("Enter");
	await dialog.waitFor({ state: "detached" });
}

export const tests = [
	{
		name: "each page of the platform is accessible in both themes",
		run: async ({ page }) => {
			await signIn(page);
			for (const path of PAGES) {
				await settled(page, path);
				await checkThemes(page);
			}
		},
	},
	{
		name: "each page and each part of a tenant fits a phone",
		context: PHONE,
		run: async ({ page }) => {
			await signIn(page);
			for (const path of [
				...PAGES,
				...TABS.map((tab) => `/platform/tenants/?id=${people.tenant}&tab=${tab}`),
			]) {
				await settled(page, path);
				await fits(page);
			}
		},
	},
	{
		name: "each part of a tenant is accessible, and hostile names are text",
		run: async ({ page }) => {
			await signIn(page);
			for (const tab of TABS) {
				await settled(page, `/platform/tenants/?id=${people.tenant}&tab=${tab}`);
				await checkAccess(page);
			}
			await settled(page, "/platform/tenants/");
			await page.getByRole("link", { name: "<script>alert(1)</script> GmbH" }).waitFor();
		},
	},
	{
		name: "a tenant is created with its owner invited, suspended, resumed, and deleted with a receipt",
		allows: [UNPROVED, /^404: \/api\/tenants\//],
		run: async ({ page }) => {
			await signIn(page, "/platform/tenants/");
			await page.getByRole("button", { name: "Create tenant" }).first().click();
			const form = page.getByRole("dialog", { name: "Create a tenant" });
			await form.getByLabel("Name").fill("Harbour Logistics");
			await form.getByLabel("E-mail of the owner").fill("harbour@console.example");
			await page.keyboard.press("Enter");
			await prove(page);
			await page.getByRole("heading", { level: 1, name: "Harbour Logistics" }).waitFor();

			await page.getByRole("tab", { name: "Members" }).click();
			await page.getByText("harbour@console.example").first().waitFor();

			const actions = page.getByRole("button", { name: "Actions of Harbour Logistics" });
			await actions.click();
			await page.getByRole("menuitem", { name: "Suspend" }).click();
			await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
			await page.getByText("Harbour Logistics was suspended").waitFor();
			await page.getByRole("button", { name: "Resume", exact: true }).click();
			await page.getByText("Harbour Logistics was resumed").waitFor();

			await actions.click();
			await page.getByRole("menuitem", { name: "Delete tenant" }).click();
			const remove = page.getByRole("dialog", { name: "Delete Harbour Logistics?" });
			assert.ok(await remove.getByRole("button", { name: "Delete tenant" }).isDisabled());
			await remove.getByRole("textbox").fill("Harbour Logistics");
			await page.keyboard.press("Enter");
			await page.getByRole("dialog", { name: "Deletion of Harbour Logistics" }).waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "a link to set a password is made for a member with a fresh proof, and shown once",
		allows: [UNPROVED],
		run: async ({ page }) => {
			const owner = "owner@southwind.example";
			await signIn(page);
			await settled(page, `/platform/tenants/?id=${people.tenant}&tab=members`);
			await page.getByRole("button", { name: `Actions for ${owner}` }).click();
			await page.getByRole("menuitem", { name: "Create password link" }).click();
			const ask = page.getByRole("dialog", { name: `Password link for ${owner}` });
			await ask.getByRole("button", { name: "Create password link" }).click();
			await prove(page);
			const made = page.getByRole("dialog", { name: `Link for ${owner}`, exact: true });
			await made.getByText(/\/setup#bh_ot_/).waitFor();
			await checkThemes(page);
			await made.getByRole("button", { name: "I have handed it over" }).click();
			await made.waitFor({ state: "detached" });
			assert.equal(await page.getByText(/bh_ot_/).count(), 0);
		},
	},
	{
		name: "tenants are ordered by the server, and an order is kept as a view",
		run: async ({ page }) => {
			await signIn(page, "/platform/tenants/");
			const table = page.getByRole("table", { name: "Tenants" });
			await table.getByRole("button", { name: "Spent this month" }).click();
			await page.waitForURL(/sort=month_spent/);
			await table.getByRole("button", { name: "Spent this month" }).click();
			await page.waitForURL(/order=desc/);
			await page.waitForFunction(() => !document.querySelector("main [aria-busy=true]"));
			await table.getByRole("row").nth(1).getByText("Northwind Research").waitFor();

			await page.getByRole("button", { name: "Views" }).press("Enter");
			await page.getByRole("menuitem", { name: "Save this view" }).press("Enter");
			const dialog = page.getByRole("dialog", { name: "Save this view" });
			await dialog.getByLabel("Name").fill("<b>Most spent</b>");
			await checkAccess(page);
			await page.keyboard.press("Enter");
			await dialog.waitFor({ state: "detached" });

			await page.goto("/platform/tenants/");
			await page.getByRole("button", { name: "Views" }).press("Enter");
			await page.getByRole("menuitemcheckbox", { name: "<b>Most spent</b>" }).press("Enter");
			await page.waitForURL(/order=desc&sort=month_spent/);
			await table.getByRole("row").nth(1).getByText("Northwind Research").waitFor();
			await page.getByRole("button", { name: "<b>Most spent</b>" }).press("Enter");
			await page
				.getByRole("menuitem", { name: "Delete the view <b>Most spent</b>" })
				.press("Enter");
			await page.getByRole("button", { name: "Views" }).waitFor();

			await page.getByLabel("Find by name").fill("ALERT(1)");
			await page.keyboard.press("Enter");
			await table.getByText("Northwind Research").waitFor({ state: "detached" });
			await table.getByRole("link", { name: "<script>alert(1)</script> GmbH" }).waitFor();
			assert.equal(await table.getByRole("row").count(), 2);
		},
	},
	{
		name: "open invoices of all tenants lead to their tenant, and the log of all is taken along as shown",
		run: async ({ page }) => {
			await signIn(page, "/platform/invoices/");
			const row = page.getByRole("row").filter({ hasText: "Northwind Research" }).first();
			await row.getByText("Open").waitFor();
			await row.getByRole("link").first().press("Enter");
			// The drawer that the address opens hides the heading from the tree of roles.
			await page.locator("h1", { hasText: "Northwind Research" }).waitFor();
			assert.match(new URL(page.url()).search, /tab=invoices&invoice=/);

			await settled(page, "/platform/audit/?action=tenant.");
			const link = page.getByRole("link", { name: "CSV", exact: true });
			assert.equal(
				await link.getAttribute("href"),
				"/api/platform/audit/export?action=tenant.&format=csv",
			);
			const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
			assert.equal(download.suggestedFilename(), "audit.csv");
		},
	},
	{
		name: "a limit that was set is there after a reload, and only what changed was sent",
		allows: [UNPROVED],
		run: async ({ page }) => {
			const sent = [];
			page.on(
				"request",
				(request) =>
					request.method() === "PUT" && sent.push([request.url(), request.postDataJSON()]),
			);
			await signIn(page);
			await settled(page, `/platform/tenants/?id=${people.tenant}&tab=limits`);
			await page.getByLabel("Money a month").fill("40,5");
			await page.getByRole("button", { name: "Save limits" }).click();
			await prove(page);
			await page.getByText("Limits saved").waitFor();
			// Once before the proof, which refused it, and once after.
			assert.deepEqual(
				sent.map(([, body]) => body),
				[{ month: "40.5" }, { month: "40.5" }],
			);
			await page.reload();
			const field = page.getByLabel("Money a month");
			await field.waitFor();
			assert.equal(await field.inputValue(), "40.5");
		},
	},
	{
		name: "a plan is created and revised; a subscription keeps its version",
		allows: [UNPROVED, /^403: \/api\/plans$/],
		run: async ({ page }) => {
			await signIn(page, "/platform/plans/");
			await page.getByRole("button", { name: "Create plan" }).first().click();
			const form = page.getByRole("dialog", { name: "Create a plan" });
			await form.getByLabel("Name").fill("team");
			await form.getByLabel("Price", { exact: true }).fill("49");
			await form.getByRole("button", { name: "Create plan" }).click();
			await prove(page);
			await page.getByText("team, version 1, was saved").waitFor();

			await settled(page, `/platform/tenants/?id=${people.tenant}&tab=plan`);
			await page.getByRole("button", { name: "Start a plan" }).click();
			const start = page.getByRole("dialog", { name: "Start a plan" });
			await start.getByRole("combobox", { name: "Plan" }).click();
			await page.getByRole("option", { name: "team" }).click();
			await start.getByRole("button", { name: "Start a plan" }).click();
			await page.getByText("Subscription changed").waitFor();

			await settled(page, "/platform/plans/?plan=team");
			await page.getByRole("button", { name: "New version" }).click();
			const revise = page.getByRole("dialog", { name: "New version of team" });
			await revise.getByLabel("Price", { exact: true }).fill("59");
			await revise.getByRole("button", { name: "New version" }).click();
			await page.getByText("team, version 2, was saved").waitFor();

			await settled(page, `/platform/tenants/?id=${people.tenant}&tab=plan`);
			await page.getByText("Version 1").waitFor();
		},
	},
	{
		name: "one acts as a member with a reason, sees it in a banner, and ends it",
		allows: [UNPROVED],
		run: async ({ page }) => {
			await signIn(page);
			await page.goto(`/platform/tenants/?id=${people.tenant}&do=impersonate`);
			const dialog = page.getByRole("dialog", { name: /^Act in / });
			await dialog.getByLabel("Reason").fill("Ticket 4711");
			await page.keyboard.press("Enter");
			await prove(page);
			await page.waitForURL((url) => url.pathname === "/");
			await page.getByText(/Ticket 4711/).waitFor();
			await page.getByRole("button", { name: "End", exact: true }).click();
			await page.getByText(/Ticket 4711/).waitFor({ state: "detached" });
		},
	},
	{
		name: "an unknown tenant is told as one that does not exist",
		allows: [/^404: \/api\/tenants\//],
		run: async ({ page }) => {
			await signIn(page);
			await page.goto("/platform/tenants/?id=00000000-0000-4000-8000-000000000009");
			await page.getByText("This does not exist, or you have no access to it.").waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "settings tell where each came from, health what runs, the log what was done",
		run: async ({ page }) => {
			await signIn(page, "/platform/settings/");
			await page.getByText("environment BULKHEAD_ENGINE_ENABLED").waitFor();
			await page.getByText("No Stripe account is connected").waitFor();
			await settled(page, "/platform/health/");
			await page.getByRole("table", { name: "Processes" }).getByText("gateway").first().waitFor();
			await settled(page, "/platform/audit/?action=session.");
			await page
				.getByRole("link", { name: /^session\./ })
				.first()
				.click();
			await page.getByRole("dialog", { name: /^session\./ }).waitFor();
			await checkAccess(page);
		},
	},
];
