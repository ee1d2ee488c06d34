// SPDX-License-Identifier: Apache-2.0
// Documents, models and the overview on a whole platform: from an empty organisation to a passage that was found.
import assert from "node:assert/strict";
import { begin, checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "gateway";

const people = JSON.parse(process.env.BULKHEAD_PEOPLE ?? "null");
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const SENTENCE = "The harbour opens at six in the morning.";
const RULES = `# Harbour rules\n\n${SENTENCE} A pilot is called on channel 12.\n\n${"Berths are let by the day, and ropes are the skipper's. ".repeat(60)}`;
const HOSTILE = `<script>alert(1)</script> ${"long ".repeat(30)}\u202edm.txt`.replaceAll("/", "∕");
const MISSING = `vs_${"0".repeat(31)}1`;

async function signIn(page, email = people.northwind_owner) {
	await begin(page, email, people.password);
	await page.goto("/");
	await page.getByRole("heading", { level: 1 }).waitFor();
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
			return [response.status, await response.json()];
		},
		[method, path, body],
	);
	assert.equal(status, 200, JSON.stringify(answer));
	return answer;
}

const makeStore = (page, name) => call(page, "POST", "/v1/vector_stores", { name });

async function openStore(page, store, more = "") {
	await page.goto(`/documents/?id=${store.id}${more}`);
	await page.getByRole("heading", { level: 1, name: store.name }).waitFor();
}

const choose = (page, ...files) => page.locator("input[data-files]").setInputFiles(files);

const textFile = (name, text) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

const row = (page, name) =>
	page.getByRole("table", { name: "Files" }).getByRole("row").filter({ hasText: name });

async function add(page, store, ...files) {
	await openStore(page, store);
	await choose(page, ...files);
	for (const file of files)
		await row(page, file.name.slice(0, 30)).getByText("Ready").waitFor({ timeout: 30_000 });
}

export const tests = [
	{
		name: "an empty organisation begins with three steps, and the first leads to a found passage",
		run: async ({ page }) => {
			await signIn(page, people.harbour_owner);
			await page.getByRole("heading", { name: "Get started" }).waitFor();
			await checkAccess(page);
			await page.getByRole("link", { name: "New collection" }).press("Enter");
			const dialog = page.getByRole("dialog", { name: "New collection" });
			await dialog.getByLabel("Name", { exact: true }).fill("Handbook");
			await checkAccess(page);
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Handbook" }).waitFor();
			await page.getByText("No files yet").waitFor();
			await checkAccess(page);
			await choose(page, textFile("rules.md", RULES));
			await row(page, "rules.md").getByText("Ready").waitFor({ timeout: 30_000 });
			await page.getByRole("tab", { name: "Search" }).click();
			await page.getByLabel("Question").fill("When does the harbour open?");
			await page.keyboard.press("Enter");
			const hit = page.getByRole("listitem").filter({ hasText: SENTENCE }).first();
			await hit.waitFor();
			for (const leg of ["Meaning", "Words", "Fused"]) await hit.getByText(leg).waitFor();
			assert.match(new URL(page.url()).search, /q=When/);
			await checkAccess(page);
			await hit.getByRole("link", { name: "rules.md" }).click();
			await page.getByRole("heading", { level: 1, name: "rules.md" }).waitFor();
			await page.locator("mark", { hasText: SENTENCE }).waitFor();
			await checkAccess(page);
			await page.goto("/");
			await page.getByText("Done").first().waitFor();
		},
	},
	{
		name: "a large file goes in parts, and only the one that was lost goes again",
		allows: [/^console: .*ERR_/],
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Large");
			await openStore(page, store);
			let lost = 0;
			let parts = 0;
			await page.route("**/v1/uploads/*/parts", async (route) => {
				parts++;
				if (lost === 0) {
					lost++;
					await route.abort("connectionreset");
				} else await route.continue();
			});
			const line = `${RULES.slice(0, 1000)}\n`;
			await choose(
				page,
				textFile("large.txt", line.repeat(Math.ceil((17 * 1024 * 1024) / line.length))),
			);
			await row(page, "large.txt").waitFor({ timeout: 30_000 });
			assert.equal(parts, 4);
			await call(page, "DELETE", `/v1/vector_stores/${store.id}`);
		},
	},
	{
		name: "a cancelled upload is cancelled on the server too",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Given up");
			await openStore(page, store);
			let release;
			const waiting = new Promise((resolve) => {
				release = resolve;
			});
			await page.route("**/v1/uploads/*/parts", async (route) => {
				await waiting;
				await route.continue().catch(() => undefined);
			});
			const begun = page.waitForRequest((request) => request.url().endsWith("/parts"));
			await choose(page, textFile("big.txt", "a".repeat(9 * 1024 * 1024)));
			await begun;
			const cancelled = page.waitForResponse(
				(response) => response.url().endsWith("/cancel") && response.status() === 200,
			);
			await page.getByRole("button", { name: "Cancel big.txt" }).click();
			await cancelled;
			await page.getByText("Cancelled", { exact: true }).waitFor();
			release();
		},
	},
	{
		name: "a file that cannot be read says why, begins anew, and is removed with a receipt",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Broken");
			await openStore(page, store);
			await choose(page, {
				name: "photo.png",
				mimeType: "image/png",
				buffer: Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(3000)]),
			});
			const failed = row(page, "photo.png");
			await failed.getByText("Failed").waitFor({ timeout: 30_000 });
			await failed.getByText(/damaged|cannot/).waitFor();
			await checkAccess(page);
			const again = page.waitForResponse(
				(response) =>
					response.request().method() === "POST" && response.url().endsWith(`${store.id}/files`),
			);
			await failed.getByRole("button", { name: "Try again" }).click();
			assert.equal((await (await again).json()).status, "in_progress");
			await failed.getByText("Failed").waitFor({ timeout: 30_000 });
			await page.goto("/");
			await page.getByRole("link", { name: "1 document could not be ingested" }).first().click();
			await failed.waitFor();
			await failed.getByRole("button", { name: "Actions for photo.png" }).click();
			await page.getByRole("menuitem", { name: "Remove" }).click();
			await page.getByRole("radio", { name: "Delete the file" }).click();
			await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
			const receipt = page.getByRole("dialog", { name: "Receipt of the deletion" });
			await receipt.getByText("Everything is gone").waitFor();
			await checkAccess(page);
		},
	},
	{
		name: "attributes are edited, and a search filters by them",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Attributes");
			await add(page, store, textFile("one.md", RULES), textFile("two.md", RULES));
			await page.getByRole("link", { name: "one.md" }).click();
			await page.getByRole("button", { name: "Edit" }).click();
			const dialog = page.getByRole("dialog", { name: "Edit attributes" });
			await dialog.getByLabel("Attribute", { exact: true }).fill("year");
			await dialog.getByLabel("Value").fill("2024");
			await dialog.getByRole("button", { name: "Save" }).click();
			await page.getByText("year: 2024").waitFor();
			const filters = JSON.stringify({
				join: "and",
				list: [{ key: "year", type: "gte", value: "2024" }],
			});
			await openStore(
				page,
				store,
				`&tab=search&q=harbour&n=50&filters=${encodeURIComponent(filters)}`,
			);
			await page.getByRole("link", { name: "one.md" }).first().waitFor();
			assert.equal(await page.getByRole("link", { name: "two.md" }).count(), 0);
		},
	},
	{
		name: "what was searched for goes to a new chat with the collection, as a draft",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "To ask");
			await add(page, store, textFile("rules.md", RULES));
			await openStore(page, store, "&tab=search&q=When+does+the+harbour+open%3F");
			await page.getByRole("button", { name: "Ask this in chat" }).click();
			await page.waitForURL((url) => url.pathname === "/chat/" && url.searchParams.has("id"));
			const id = new URL(page.url()).searchParams.get("id");
			const chat = await call(page, "GET", `/api/chats/${id}`);
			assert.deepEqual(chat.settings.stores, [store.id]);
			assert.equal(
				await page.evaluate((key) => sessionStorage.getItem(`bulkhead.chat.draft.${key}`), id),
				"When does the harbour open?",
			);
		},
	},
	{
		name: "what is hostile is text",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "<img src=x onerror=alert(1)>");
			await add(page, store, textFile(HOSTILE, `Note: <script>alert(2)</script> ${RULES}`));
			await row(page, "<script>").getByRole("link").click();
			await page.getByText("<script>alert(2)</script>").first().waitFor();
			await fits(page);
			await checkAccess(page);
		},
	},
	{
		name: "another organisation's collection looks exactly like a missing one",
		allows: [/^404: \/v1\/vector_stores\//],
		run: async ({ page, context }) => {
			await signIn(page, people.harbour_owner);
			const foreign = await makeStore(page, "Secret");
			await context.clearCookies();
			await signIn(page);
			const said = [];
			for (const id of [foreign.id, MISSING]) {
				await page.goto(`/documents/?id=${id}`);
				await page.locator("main [role=alert]").waitFor();
				said.push(
					(await page.locator("main").textContent()).replaceAll(/[0-9a-f]{9}…[0-9a-f]{4}/g, ""),
				);
			}
			assert.equal(said[0], said[1]);
			assert.doesNotMatch(said[0], /Secret/);
		},
	},
	{
		name: "ten thousand files are asked for as one scrolls, and few rows are in the page",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Many");
			const file = (index) => ({
				id: `file-${String(index).padStart(32, "0")}`,
				object: "vector_store.file",
				usage_bytes: 1,
				created_at: 1_700_000_000,
				vector_store_id: store.id,
				status: "completed",
				last_error: null,
				chunking_strategy: {
					type: "static",
					static: { max_chunk_size_tokens: 256, chunk_overlap_tokens: 0 },
				},
				attributes: {},
				bulkhead: {
					stage: "done",
					done: 1,
					total: 1,
					chunks: 1,
					changed_at: 1_700_000_000,
					filename: `page-${index}.txt`,
					bytes: 1000,
					ocr: null,
				},
			});
			let asked = 0;
			await page.route(`**/v1/vector_stores/${store.id}/files?*`, (route) => {
				asked++;
				const after = new URL(route.request().url()).searchParams.get("after");
				const first = after ? Number(after.slice(5)) + 1 : 0;
				const data = Array.from({ length: 100 }, (_, index) => file(first + index));
				return route.fulfill({ json: { object: "list", data, has_more: first + 100 < 10_000 } });
			});
			await openStore(page, store);
			const table = page.getByRole("table", { name: "Files" });
			await row(page, "page-0.txt").first().waitFor();
			const before = asked;
			for (let page_ = 1; page_ <= 20; page_++) {
				await table.evaluate((box) => {
					box.scrollTop = box.scrollHeight;
				});
				await page.waitForFunction(
					([box, least]) => box.scrollHeight > least * 47,
					[await table.elementHandle(), (page_ + 1) * 100],
				);
			}
			assert.equal(asked - before, 20);
			assert.ok((await table.getByRole("row").count()) < 60);
		},
	},
	{
		name: "an exported collection comes back with what it finds",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Exported");
			await add(page, store, textFile("kept.md", RULES));
			const download = page.waitForEvent("download");
			await page.getByRole("link", { name: "Export" }).click();
			const path = await (await download).path();
			await page.goto("/documents/?do=import");
			const dialog = page.getByRole("dialog", { name: "Import a collection" });
			await dialog.locator("input[type=file]").setInputFiles(path);
			await dialog.getByLabel("Name").fill("Brought back");
			await dialog.getByRole("button", { name: "Import" }).click();
			await page.getByRole("heading", { level: 1, name: "Brought back" }).waitFor();
			await row(page, "kept.md").getByText("Ready").waitFor({ timeout: 30_000 });
		},
	},
	{
		name: "a collection is deleted by its name, which has to be typed",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Old things");
			await openStore(page, store);
			await page.getByRole("button", { name: "Delete" }).click();
			const dialog = page.getByRole("dialog", { name: "Delete collection" });
			await dialog.getByRole("textbox").fill("Old thing");
			assert.ok(await dialog.getByRole("button", { name: "Delete" }).isDisabled());
			await dialog.getByRole("textbox").fill("Old things");
			await page.keyboard.press("Enter");
			await page.getByRole("dialog", { name: "Receipt of the deletion" }).waitFor();
			await page.keyboard.press("Escape");
			await page.waitForURL((url) => url.pathname === "/documents/" && url.search === "");
		},
	},
	{
		name: "who may only read is offered nothing else",
		run: async ({ page }) => {
			await signIn(page);
			const store = await makeStore(page, "Read only");
			await add(page, store, textFile("seen.md", RULES));
			await page.context().clearCookies();
			await signIn(page, people.northwind_viewer);
			await openStore(page, store);
			await row(page, "seen.md").waitFor();
			for (const name of ["Edit", "Delete", "Choose files"])
				assert.equal(await page.getByRole("button", { name }).count(), 0);
			await checkAccess(page);
		},
	},
	{
		name: "models say what they are and how they are called",
		run: async ({ page }) => {
			await signIn(page);
			await page.goto("/models/?kind=chat");
			await page.getByRole("button", { name: "mock-chat" }).press("Enter");
			const drawer = page.getByRole("dialog", { name: "mock-chat" });
			await drawer.getByText("8,192").waitFor();
			await drawer.getByText("€2.00").waitFor();
			await drawer.getByRole("tab", { name: "Python" }).click();
			await drawer.getByText("chat.completions.create").first().waitFor();
			assert.match(new URL(page.url()).search, /model=mock-chat/);
			await checkAccess(page);
		},
	},
	...["/", "/documents/", "/documents/?do=receipts", "/models/"].map((path) => ({
		name: `${path} is accessible in both themes, and fits a phone`,
		context: PHONE,
		run: async ({ page }) => {
			await signIn(page);
			await page.goto(path, { waitUntil: "networkidle" });
			await page.getByRole("heading").first().waitFor();
			await checkThemes(page);
			await fits(page);
			await page.setViewportSize({ width: 320, height: 640 });
			// A phone keeps the wider layout behind an open dialog until it loads anew.
			await page.reload({ waitUntil: "networkidle" });
			await fits(page);
		},
	})),
];
