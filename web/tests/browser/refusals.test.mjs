// SPDX-License-Identifier: Apache-2.0
// What the real platform refuses while a page is open, and what it does not tell: what others have.
import assert from "node:assert/strict";
import { fits } from "./watch.mjs";

export const target = "gateway";

const people = JSON.parse(process.env.BULKHEAD_PEOPLE ?? "null");
const ANONYMOUS = /^401: \/api\/auth\/session$/;
const ENDED = "Your session has ended.";
const zeros = (count) => "0".repeat(count);

async function signIn(page, email, path = "/") {
	await page.goto(`/sign-in/?next=${encodeURIComponent(path)}`);
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password", { exact: true }).fill(people.password);
	await page.keyboard.press("Enter");
	await page.waitForURL((url) => !url.pathname.startsWith("/sign-in/"));
	await page.locator("h1").first().waitFor();
}

/** Somebody else, in a browser of their own. */
async function another(page, email) {
	const context = await page
		.context()
		.browser()
		.newContext({ baseURL: new URL(page.url()).origin });
	context.setDefaultTimeout(10_000);
	const own = await context.newPage();
	await signIn(own, email);
	return own;
}

/** The console's own request, from within the page. */
async function call(page, method, path, body) {
	const [status, answer] = await page.evaluate(
		async ([verb, url, content]) => {
			const response = await fetch(url, {
				method: verb,
				headers: { "x-bulkhead-console": "1", "content-type": "application/json" },
				body: content === undefined ? undefined : JSON.stringify(content),
			});
			const text = await response.text();
			return [response.status, text === "" ? null : JSON.parse(text)];
		},
		[method, path, body],
	);
	assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
	return answer;
}

/** A dialog with something typed into it. */
async function halfWritten(page, email) {
	await signIn(page, email, "/keys/?do=create");
	const dialog = page.getByRole("dialog", { name: "Create API key" });
	await dialog.getByLabel("Name").fill("Half written");
	return { dialog, send: () => dialog.getByRole("button", { name: "Create key" }).click() };
}

/** Everything that a page says about an id, and all that it was told, without what differs by nature. */
async function saidOf(page, path, ids) {
	const plain = (text) =>
		ids
			.reduce((sum, id) => sum.replaceAll(id, "ID"), text)
			.replaceAll(/[0-9a-f]{32}|[0-9a-f]{9}…[0-9a-f]{4}/g, "REQUEST");
	const answers = [];
	const hear = (response) => {
		const url = new URL(response.url());
		if (/^\/(api|v1)\//.test(url.pathname) && ids.some((id) => url.href.includes(id)))
			answers.push(
				response.text().then((body) => plain(`${response.status()} ${url.pathname} ${body}`)),
			);
	};
	page.on("response", hear);
	await page.goto(path);
	await page.getByText("This does not exist, or you have no access to it.").first().waitFor();
	await page.waitForLoadState("networkidle");
	page.off("response", hear);
	const text = plain(await page.locator("body").textContent());
	return { text, answers: [...new Set(await Promise.all(answers))].sort() };
}

/** Things that an organisation has, each with the id of none and the addresses that lead to it. */
async function thingsOf(page) {
	const store = await call(page, "POST", "/v1/vector_stores", { name: "Secret plans" });
	const chat = await call(page, "POST", "/api/chats", { title: "Secret talks" });
	const team = await call(page, "POST", "/api/teams", { name: `Secret team ${Date.now()}` });
	const uuid = `${zeros(8)}-0000-4000-8000-${zeros(11)}1`;
	return [
		{
			id: store.id,
			none: `vs_${zeros(31)}1`,
			paths: ["/documents/?id=ID", "/documents/?id=ID&tab=search"],
		},
		{ id: chat.id, none: `chat_${zeros(31)}1`, paths: ["/chat/?id=ID"] },
		{ id: team.id, none: uuid, paths: ["/teams/?id=ID"] },
	];
}

export const tests = [
	{
		name: "what another organisation has looks exactly like what nobody has: pages and answers",
		allows: [ANONYMOUS, /^404: \/(api|v1)\//],
		run: async ({ page }) => {
			await signIn(page, people.northwind_owner);
			const other = await another(page, people.harbour_owner);
			const things = await thingsOf(other);
			await other.context().close();
			for (const { id, none, paths } of things)
				for (const path of paths) {
					const foreign = await saidOf(page, path.replace("ID", id), [id]);
					const missing = await saidOf(page, path.replace("ID", none), [none]);
					assert.deepEqual(foreign, missing, path);
					assert.ok(foreign.answers.length > 0, `${path} asked for nothing`);
					assert.ok(
						foreign.answers.every((each) => each.startsWith("404 ")),
						foreign.answers.join(),
					);
					assert.doesNotMatch(foreign.text, /Secret/);
				}
		},
	},
	{
		name: "a session that is revoked elsewhere ends on its page, which keeps what was typed",
		allows: [ANONYMOUS, /^401: \/api\//],
		run: async ({ page }) => {
			const { dialog, send } = await halfWritten(page, people.breakwater_owner);
			const other = await another(page, people.breakwater_owner);
			const sessions = await call(other, "GET", "/api/sessions?limit=50");
			for (const each of sessions.data.filter((session) => !session.current))
				await call(other, "DELETE", `/api/sessions/${each.id}`);
			await other.context().close();
			await send();
			await page.getByText(ENDED).first().waitFor();
			assert.equal(await dialog.getByLabel("Name").inputValue(), "Half written");
			await page.reload();
			await page.waitForURL(/\/sign-in\//);
		},
	},
	{
		name: "a role that is lowered while a page is open holds at once, and is said",
		allows: [ANONYMOUS, /^403: \/api\//],
		run: async ({ page }) => {
			const { send } = await halfWritten(page, people.breakwater_admin);
			const owner = await another(page, people.breakwater_owner);
			const users = await call(owner, "GET", "/api/users?limit=50");
			const admin = users.data.find((each) => each.email === people.breakwater_admin);
			await call(owner, "POST", `/api/users/${admin.id}/role`, { role: "viewer" });
			await owner.context().close();
			await send();
			await page.getByText("Your role here has changed: you are now Viewer.").waitFor();
			await fits(page);
		},
	},
	{
		name: "an organisation that is suspended while its page is open is refused with that reason",
		allows: [ANONYMOUS, /^403: \/(api|v1)\//],
		run: async ({ page }) => {
			const { dialog, send } = await halfWritten(page, people.breakwater_owner);
			const staff = await another(page, people.staff);
			await call(staff, "POST", "/api/auth/session/elevate", { password: people.password });
			await call(staff, "POST", `/api/tenants/${people.breakwater}/suspend`);
			await send();
			await dialog.getByText("The tenant is suspended.").waitFor();
			assert.equal(await dialog.getByLabel("Name").inputValue(), "Half written");
			await call(staff, "POST", `/api/tenants/${people.breakwater}/resume`);
			await staff.context().close();
			await send();
			await page.getByRole("dialog", { name: "Half written is ready" }).waitFor();
		},
	},
];
