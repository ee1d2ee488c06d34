// SPDX-License-Identifier: Apache-2.0
// steps.mjs: what people do in the console, one step each.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

export const PASSWORD = "correct horse battery staple";

/** A `bulkhead` command of the operator's, with --json. */
export function bulkhead(whole, ...words) {
	const said = execFileSync(whole.program, [...words, "--json"], { encoding: "utf8" });
	return JSON.parse(said);
}

export const serviceOf = (whole, name) =>
	bulkhead(whole, "status").services.find((each) => each.name === name);

const AGAIN = /^(Answer again|Try again|Ask again)$/;

/** The supervisor has started this service again, after the process that was `pid`. */
export async function restarted(page, whole, name, pid) {
	const end = Date.now() + 30_000;
	for (;;) {
		const now = serviceOf(whole, name);
		if (now.pid !== pid && now.state === "ready") return;
		assert.ok(Date.now() < end, `${name} was not started again`);
		await page.waitForTimeout(50);
	}
}

export async function signIn(page, email, password, path = "/") {
	await page.goto(`/sign-in/`, { waitUntil: "networkidle" });
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.keyboard.press("Enter");
	await page.waitForURL((url) => !url.pathname.startsWith("/sign-in/"));
	await page.goto(path);
	await page.getByRole("heading", { level: 1 }).waitFor();
}

/** Where an act asks once more who one is. */
export async function prove(page, password) {
	const field = page.getByRole("dialog").getByLabel("Password", { exact: true });
	await field.fill(password);
	await page.keyboard.press("Enter");
}

/** The link of the invitation that waits for this address: the operator hands it over where no mail server is set. */
export function invitationOf(whole, email) {
	const mail = bulkhead(whole, "outbox").data.find(
		(each) => each.recipient === email && each.kind === "invitation",
	);
	assert.ok(mail?.link, `no invitation waits for ${email}`);
	const url = new URL(mail.link);
	return url.pathname + url.hash;
}

export async function accept(page, link, name) {
	await page.goto(link);
	const field = page.getByLabel("Name", { exact: true });
	await page.getByLabel(/^(New )?[Pp]assword$/).waitFor();
	if ((await field.count()) > 0) await field.fill(name);
	await page.getByLabel(/^(New )?[Pp]assword$/).fill(PASSWORD);
	await page.getByRole("button", { name: "Join" }).click();
	await page.waitForURL((url) => !url.pathname.startsWith("/invite/"));
	// The portal is a document of its own: what is opened before it is there would be replaced by it.
	await page.waitForLoadState("networkidle");
	await page.getByRole("heading", { level: 1 }).waitFor();
}

/** A collection with one document, which is read. */
export async function addDocument(page, store, name, text) {
	await page.goto("/documents/?do=create");
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Name", { exact: true }).fill(store);
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1, name: store }).waitFor();
	await page
		.locator("input[type=file]")
		.first()
		.setInputFiles({ name, mimeType: "text/markdown", buffer: Buffer.from(text) });
	await page
		.getByRole("table", { name: "Files" })
		.getByRole("row")
		.filter({ hasText: name })
		.getByText("Ready")
		.waitFor({ timeout: 60_000 });
}

export async function ask(page, question, store) {
	await page.goto("/chat/");
	await page.getByRole("heading", { level: 1 }).waitFor();
	if (store) {
		await page.getByRole("button", { name: "No documents" }).click();
		await page.getByRole("checkbox", { name: store }).check();
		await page.keyboard.press("Escape");
	}
	await page.getByLabel("Message").fill(question);
	await page.getByLabel("Message").press("Enter");
}

/** The answer is whole, or the page says what became of it. */
export async function answered(page) {
	await page.getByRole("button", { name: AGAIN }).last().waitFor({ timeout: 120_000 });
}

/** Another answer is begun: a service that has just been started again may refuse the first requests. */
export async function askedAgain(page) {
	const again = page.getByRole("button", { name: AGAIN }).last();
	for (let tries = 0; ; tries++) {
		const response = page.waitForResponse(
			(each) =>
				each.request().method() === "POST" && new URL(each.url()).pathname === "/v1/responses",
			{ timeout: 60_000 },
		);
		await Promise.all([response, again.click({ timeout: 60_000 })]);
		const status = (await response).status();
		if (status === 200) return;
		assert.ok(status >= 500 && tries < 10, `another answer was refused with ${status}`);
	}
}

/** By Tab alone, to what has this name. */
export async function tabTo(page, name) {
	for (let i = 0; i < 80; i++) {
		const label = await page.evaluate(() => {
			const at = document.activeElement;
			return (
				at?.getAttribute("aria-label") ??
				at?.labels?.[0]?.textContent ??
				at?.textContent ??
				""
			).trim();
		});
		if (label === name) return;
		await page.keyboard.press("Tab");
	}
	throw new Error(`${name} was not reached by Tab`);
}
