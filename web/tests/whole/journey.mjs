// SPDX-License-Identifier: Apache-2.0
// journey.mjs: from the one-time link of `make up` to the spend, and what must hold on the way.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { checkAccess } from "../browser/watch.mjs";
import {
	accept,
	addDocument,
	answered,
	ask,
	askedAgain,
	bulkhead,
	invitationOf,
	PASSWORD,
	prove,
	restarted,
	serviceOf,
	signIn,
	tabTo,
} from "./steps.mjs";

const ADMIN = "admin@bulkhead.local";
const TENANT = "Harbour Office";
const OWNER = "olga@harbour.example";
const RULES =
	"# Rules of the harbour\n\nThe speed limit on the quays is 20 kilometres per hour. Ships longer than 40 metres take a pilot on board.\n";
const QUESTION = "What is the speed limit on the quays?";
const NEEDS = ["/chat/", "/documents/", "/platform/tenants/"];

/** The sign-in of whoever the first test made, for the tests that follow it. */
async function owner(open, path) {
	const one = await open();
	await signIn(one.page, OWNER, PASSWORD, path);
	return one;
}

async function invite(page, whole) {
	await page.goto("/platform/tenants/?do=create");
	const dialog = page.getByRole("dialog", { name: "Create a tenant" });
	await dialog.getByLabel("Name", { exact: true }).fill(TENANT);
	await dialog.getByLabel(/owner/i).fill(OWNER);
	await dialog.getByRole("button", { name: "Create tenant" }).click();
	const proof = page.getByRole("dialog").getByLabel("Password", { exact: true });
	const made = page.getByRole("heading", { level: 1, name: TENANT });
	await proof.or(made).first().waitFor();
	if (await proof.isVisible()) await prove(page, PASSWORD);
	await made.waitFor();
	await checkAccess(page);
	return invitationOf(whole, OWNER);
}

/** The curl of the dialog, run by a shell as it was pasted. */
async function tryKey(page) {
	await page.goto("/keys/?do=create");
	await page.getByRole("dialog").getByLabel("Name").fill("Pasted");
	await page.keyboard.press("Enter");
	const made = page.getByRole("dialog", { name: "Pasted is ready" });
	const key = await made
		.getByText(/^bh_sk_/)
		.first()
		.textContent();
	await made.getByRole("tab", { name: "curl" }).click();
	const snippet = await made.locator("pre", { hasText: "curl" }).textContent();
	const said = execFileSync("bash", ["-c", snippet], {
		encoding: "utf8",
		env: { ...process.env, BULKHEAD_API_KEY: key, no_proxy: "*" },
		stdio: ["ignore", "pipe", "ignore"],
	});
	assert.equal(JSON.parse(said).choices.length, 1, said);
	await made.getByRole("button", { name: "I have stored it" }).click();
}

async function sourceShows(page, sentence) {
	const mark = page.getByRole("button", { name: /^Source 1: rules\.md/ }).first();
	await mark.waitFor();
	await mark.click();
	await page
		.getByRole("complementary", { name: /rules\.md/ })
		.or(page.getByRole("dialog", { name: "rules.md" }))
		.getByText(sentence)
		.first()
		.waitFor();
	await checkAccess(page);
}

export const tests = [
	{
		name: "from the one-time link to a cited answer, a key that works, and the spend",
		needs: NEEDS,
		// What is asked for a proof first.
		allows: [/^403: \/api\/tenants/],
		run: async ({ open, whole, has }) => {
			const { page: admin } = await open();
			await admin.goto(whole.link);
			await admin.getByLabel("New password").fill(PASSWORD);
			await admin.getByRole("button", { name: "Set password" }).click();
			await admin.getByText("Your password is set").waitFor();
			await signIn(admin, ADMIN, PASSWORD, "/platform/");
			const link = await invite(admin, whole);

			const { page } = await open();
			await accept(page, link, "Olga Harbour");
			await addDocument(page, "Harbour rules", "rules.md", RULES);
			await ask(page, QUESTION, "Harbour rules");
			await answered(page);
			await sourceShows(page, "20 kilometres per hour");
			await tryKey(page);
			if (!(await has("/usage/"))) return;
			await page.goto("/usage/");
			await page.getByRole("heading", { level: 1 }).waitFor();
			await page.getByText("smollm2-135m-instruct").first().waitFor();
		},
	},
	{
		name: "signing in and asking, by keyboard alone",
		needs: NEEDS,
		run: async ({ open }) => {
			const { page } = await open();
			await page.goto("/sign-in/", { waitUntil: "networkidle" });
			await tabTo(page, "E-mail");
			await page.keyboard.type(OWNER);
			await tabTo(page, "Password");
			await page.keyboard.type(PASSWORD);
			await page.keyboard.press("Enter");
			await page.waitForURL((url) => !url.pathname.startsWith("/sign-in/"));
			await page.getByRole("heading", { level: 1 }).waitFor();
			await page.keyboard.press("g");
			await page.keyboard.press("c");
			await page.waitForURL(/\/chat\//);
			await page.getByLabel("Message").waitFor();
			await tabTo(page, "Message");
			await page.keyboard.type("Say hello.");
			await page.keyboard.press("Enter");
			await answered(page);
		},
	},
	{
		name: "an answer is whole although the page is loaded again in the middle of it",
		needs: NEEDS,
		run: async ({ open }) => {
			const { page } = await owner(open, "/chat/");
			await ask(page, "Count from one to twenty in words.");
			await page.waitForURL(/id=chat_/);
			await page.reload();
			await page
				.getByRole("log", { name: "Conversation" })
				.getByText("Count from one")
				.first()
				.waitFor();
			await answered(page);
			await checkAccess(page);
		},
	},
	{
		name: "an answer whose service is killed is whole or told to be broken off, and can be had again",
		needs: NEEDS,
		allows: [/^50[0-9]: /],
		run: async ({ open, whole }) => {
			const { page } = await owner(open, "/chat/");
			await ask(page, "Count from one to fifty in words, with a reason for each.");
			await page.waitForURL(/id=chat_/);
			const { pid } = serviceOf(whole, "agent");
			process.kill(pid, "SIGKILL");
			await answered(page);
			await restarted(page, whole, "agent", pid);
			await askedAgain(page);
			await answered(page);
			await checkAccess(page);
		},
	},
	{
		name: "two organisations at once see nothing of each other, in pages and in answers",
		needs: NEEDS,
		run: async ({ open, whole, has }) => {
			const mine = bulkhead(whole, "tenant", "list").data.find((each) => each.name === TENANT).id;
			const sides = [
				{ email: OWNER, password: PASSWORD, marks: ["northwind", whole.demo.tenant, "bicycle"] },
				{ ...whole.demo, marks: ["harbour", mine, "20 kilometres"] },
			];
			const paths = [];
			for (const path of [
				"/",
				"/chat/",
				"/documents/",
				"/keys/",
				"/members/",
				"/usage/",
				"/audit/",
			])
				if (await has(path)) paths.push(path);
			await Promise.all(
				sides.map(async ({ email, password, marks }) => {
					const { page } = await open();
					await signIn(page, email, password);
					const read = [];
					page.on("response", (response) => {
						if (/\/(api|v1)\//.test(response.url()) && response.status() === 200)
							read.push(response.text().catch(() => ""));
					});
					for (const path of paths) {
						await page.goto(path, { waitUntil: "networkidle" });
						read.push(page.locator("body").textContent());
					}
					const all = (await Promise.all(read)).join("\n").toLowerCase();
					assert.ok(all.length > 1000, "nothing was read");
					for (const mark of marks)
						assert.ok(!all.includes(mark.toLowerCase()), `${email} was shown ${mark}`);
				}),
			);
		},
	},
];
