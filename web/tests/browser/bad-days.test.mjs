// SPDX-License-Identifier: Apache-2.0
// Bad days of the console: what is refused, lost or out of date is said, and nothing that was typed goes with it.
import assert from "node:assert/strict";
import { makeServer } from "../shots/answers.mjs";
import { settle } from "../shots/pages.mjs";
import { ask, chatTest, log, open as openChat } from "./chat-steps.mjs";
import { checkAccess } from "./watch.mjs";

export const target = "stub";
export { makeServer };

const error = (code, message) => ({ error: { message, type: "made_up", param: null, code } });
const GONE = {
	status: 401,
	body: error("invalid_api_key", "The credential is missing, invalid, expired or revoked."),
};
const FORBIDDEN = {
	status: 403,
	body: error("insufficient_permissions", "The credential does not permit this operation."),
};
const TOO_LARGE = {
	status: 413,
	code: "request_too_large",
	message: "The request is larger than this route allows.",
};

async function open(page, state, path) {
	state.who = "owner";
	await page.clock.setFixedTime(state.nowS * 1000);
	await page.goto(path);
	await settle(page);
}

/** A key's dialog with something typed into it. */
async function halfWritten(page, state) {
	await open(page, state, "/keys/?do=create");
	const dialog = page.getByRole("dialog", { name: "Create API key" });
	await dialog.getByLabel("Name").fill("Half written");
	return {
		dialog,
		send: () => dialog.getByRole("button", { name: "Create key" }).click(),
		kept: async () => assert.equal(await dialog.getByLabel("Name").inputValue(), "Half written"),
	};
}

const signOut = async (page) => {
	await page.getByRole("button", { name: /Olivia Ortega/ }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await page.waitForURL(/\/sign-in\//);
};

/** What is read on these pages by a clock that is wrong by so much. */
async function readBy(page, state, wrongS) {
	state.who = "owner";
	await page.clock.setFixedTime((state.nowS + wrongS) * 1000);
	const read = [];
	for (const path of ["/", "/chat/", "/keys/", "/documents/", "/members/"]) {
		await page.goto(path);
		await settle(page);
		read.push(await page.locator("main").textContent());
	}
	return read;
}

export const tests = [
	{
		name: "of two tabs one signs out: the other says so, keeps what was typed, and signs out as well",
		allows: [/^401: /],
		run: async ({ page, context, state }) => {
			let gone = false;
			state.refuse = (method, path) => {
				if (gone && path.startsWith("/api/")) return GONE;
				gone = method === "DELETE" && path === "/api/auth/session";
				return undefined;
			};
			await open(page, state, "/account/");
			await page.getByLabel("Name", { exact: true }).fill("Half written");
			const other = await context.newPage();
			await open(other, state, "/keys/");
			await signOut(other);
			await page.getByRole("button", { name: "Save" }).first().click();
			await page.getByText("Your session has ended.").first().waitFor();
			assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Half written");
			await checkAccess(page);
			await signOut(page);
		},
	},
	{
		name: "a role that is lowered while a page is open is said, and what it may not do any more is not offered",
		allows: [/^403: \/api\/keys$/],
		run: async ({ page, state }) => {
			const { send } = await halfWritten(page, state);
			state.refuse = (method, path) =>
				method === "POST" && path === "/api/keys" ? FORBIDDEN : undefined;
			state.rewrite = (body) =>
				body.replace('"role":"owner"', '"role":"viewer"').replace('"keys:write",', "");
			await send();
			await page.getByText("Your role here has changed: you are now Viewer.").waitFor();
			await page.getByRole("button", { name: "Create key" }).first().waitFor({ state: "detached" });
			await checkAccess(page);
		},
	},
	{
		name: "a part of the platform that is away is asked again, then told with the wait that it asks for",
		allows: [/^503: \/api\/keys/],
		run: async ({ page, state }) => {
			let asked = 0;
			state.refuse = (_, path) => {
				if (!path.startsWith("/api/keys")) return undefined;
				asked++;
				return {
					status: 503,
					headers: { "retry-after": "4" },
					body: error("service_unavailable", "A part of the platform is starting."),
				};
			};
			await open(page, state, "/keys/");
			const panel = page
				.getByRole("alert")
				.filter({ hasText: "A part of the platform is starting." });
			await panel.getByRole("button", { name: /^Try again in \d s$/, disabled: true }).waitFor();
			assert.equal(asked, 3);
			await checkAccess(page);
			state.refuse = undefined;
			await panel.getByRole("button", { name: "Try again", exact: true }).click();
			await page.getByText("Weekly report").waitFor();
		},
	},
	{
		name: "without a network one is told at once, nothing typed is lost, and later it goes",
		allows: [/^console: .*ERR_INTERNET_DISCONNECTED/],
		run: async ({ page, context, state }) => {
			const { dialog, send, kept } = await halfWritten(page, state);
			await context.setOffline(true);
			await send();
			await dialog.getByText("The platform cannot be reached.").waitFor();
			await kept();
			await checkAccess(page);
			await context.setOffline(false);
			await send();
			await page.getByRole("dialog", { name: "Half written is ready" }).waitFor();
		},
	},
	{
		name: "what is too large is said where it was sent: a file",
		allows: [/^413: /],
		run: async ({ page, state }) => {
			await open(page, state, `/documents/?id=${state.ids.store}`);
			state.refuse = (method) =>
				method === "POST"
					? { status: 413, body: error(TOO_LARGE.code, TOO_LARGE.message) }
					: undefined;
			await page
				.locator("input[data-files]")
				.setInputFiles({ name: "large.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
			await page.getByText(TOO_LARGE.message).first().waitFor();
			await page.getByText("large.txt").first().waitFor();
			await checkAccess(page);
		},
	},
	chatTest(
		"what is too large is said where it was sent: a question",
		async ({ page, server }) => {
			await openChat(page, server);
			server.refusal = TOO_LARGE;
			await page.getByLabel("Message").fill("A very long question");
			await page.getByLabel("Message").press("Enter");
			await log(page).getByText(TOO_LARGE.message).waitFor();
			await log(page).getByText("A very long question").waitFor();
		},
		{ allows: [/^413: /] },
	),
	chatTest(
		"an organisation that is suspended in mid-answer: what came stays, and why there is no more is said",
		async ({ page, server }) => {
			await openChat(page, server);
			const run = await ask(page, server, "Tell me.");
			run.say("Half of a sent");
			await log(page).getByText("Half of a sent").waitFor();
			server.suspended = true;
			server.cut();
			await log(page).getByText("The tenant or the user is suspended.").waitFor();
			await log(page).getByText("Half of a sent").waitFor();
			await checkAccess(page);
		},
		{ allows: [/^403: /] },
	),
	{
		name: "a reader's clock that is an hour wrong changes nothing that is read",
		run: async ({ page, state }) => {
			const right = await readBy(page, state, 0);
			assert.ok(right.every((text) => text.length > 40));
			for (const wrongS of [-3600, 3600])
				assert.deepEqual(await readBy(page, state, wrongS), right, `${wrongS} s`);
		},
	},
];
