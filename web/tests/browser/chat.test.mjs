// SPDX-License-Identifier: Apache-2.0
// The chat over a made-up API that a test leads event by event: written, lost, taken up, stopped, branched, cited.
import assert from "node:assert/strict";
import { PICTURE, SENTENCE } from "./chat-server.mjs";
import { ask, chatTest, log, open } from "./chat-steps.mjs";
import { checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "stub";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function chooseDocuments(page, grounding) {
	await page.getByRole("button", { name: "No documents" }).click();
	await page.getByText("Company documents").click();
	if (grounding) await page.getByText(grounding, { exact: true }).click();
	await page.keyboard.press("Escape");
	await page.getByRole("button", { name: "1 store" }).waitFor();
}

async function cited(page, server) {
	await chooseDocuments(page);
	const run = await ask(page, server, "How long to Switzerland?");
	run.find();
	run.say(SENTENCE);
	run.cite();
	run.end();
	await page.getByRole("button", { name: "Answer again" }).waitFor();
	return run;
}

/** Drops or pastes a file, as a file manager or a clipboard would. */
async function give(page, server, how, name) {
	server.uploading = name;
	await page.getByLabel("Message").evaluate(
		(field, [type, filename]) => {
			const data = new DataTransfer();
			data.items.add(new File(["Berths are let by the day."], filename, { type: "text/plain" }));
			const event =
				type === "paste"
					? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
					: new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
			field.dispatchEvent(event);
		},
		[how, name],
	);
	await page.getByRole("list", { name: "Files to add" }).getByText(name).waitFor();
}

/** Pastes a picture, as a clipboard would. */
async function paste(page, name) {
	await page.getByLabel("Message").evaluate(
		(field, [filename, content]) => {
			const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
			const data = new DataTransfer();
			data.items.add(new File([bytes], filename, { type: "image/png" }));
			field.dispatchEvent(
				new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
			);
		},
		[name, PICTURE],
	);
	await picked(page).getByRole("img", { name }).waitFor();
}

const picked = (page) => page.getByRole("region", { name: "Pictures" });

/** Whether it is drawn, and no broken one. */
const isDrawn = (picture) =>
	picture.evaluate((each) => each.decode().then(() => each.naturalWidth > 0));

export const tests = [
	chatTest(
		"a pasted picture goes along with the question, and is seen again after a reload",
		async ({ page, server }) => {
			await open(page, server);
			await paste(page, "unwanted.png");
			await paste(page, "berth.png");
			await picked(page).getByText("This model takes no pictures").waitFor();
			await checkThemes(page);
			await page.getByRole("button", { name: "Leave out unwanted.png" }).click();
			await picked(page).getByRole("img", { name: "unwanted.png" }).waitFor({ state: "detached" });
			const run = await ask(page, server, "Which berth is this?");
			const [text, picture] = server.asked[0].input[0].content;
			assert.equal(text.text, "Which berth is this?");
			assert.equal(picture.type, "input_image");
			assert.equal(server.asked[0].input[0].content.length, 2);
			assert.ok(server.deleted.length === 1 && server.deleted[0] !== picture.file_id);
			assert.equal(await picked(page).count(), 0);
			run.say("Berth four.");
			run.end();
			await page.getByRole("button", { name: "Answer again" }).waitFor();
			await page.reload();
			const shown = log(page).getByRole("img", { name: "Picture 1" });
			await shown.waitFor();
			assert.ok(await isDrawn(shown));
			await checkThemes(page);
			// Asked again, it goes along again.
			await page.getByRole("button", { name: "Answer again" }).click();
			await page.getByRole("button", { name: "Stop" }).waitFor();
			assert.equal(server.asked[1].input[0].content[1].file_id, picture.file_id);
			server.last.end();
		},
	),
	chatTest("a picture of the gallery is asked about by its address", async ({ page, server }) => {
		await open(page, server, `/chat/?picture=file-${"7".padStart(32, "0")}`);
		await picked(page).getByRole("img", { name: "Picture 1" }).waitFor();
		await page.waitForURL((url) => url.search === "");
		await ask(page, server, "What is this?");
		assert.match(server.asked[0].input[0].content[1].file_id, /^file-0+7$/);
		server.last.end();
	}),
	chatTest(
		"a dropped file is sent to the chat's own collection, its reading is shown, and the chat searches it",
		async ({ page, server }) => {
			await open(page, server);
			await give(page, server, "drop", "berths.txt");
			await checkAccess(page);
			await page.getByRole("button", { name: "Add 1 file" }).click();
			const files = page.getByRole("list", { name: "Files of this chat" });
			await files.getByText("Queued").waitFor();
			await page.getByRole("button", { name: "1 store" }).waitFor();
			server.read("berths.txt", "embedding");
			await files.getByText("Embedding").waitFor();
			await checkAccess(page);
			server.read("berths.txt", "done", { status: "completed" });
			await files.getByText("Ready").waitFor();
			assert.equal(server.stores[0].name, "Chat: berths.txt");
			await ask(page, server, "How are berths let?");
			const [{ tools, bulkhead }] = server.asked;
			assert.deepEqual(tools[0].vector_store_ids, [server.stores[0].id]);
			server.last.end();
			await page.waitForURL(/\?id=chat_/);
			assert.equal(
				server.chats.find(({ id }) => id === bulkhead.chat).settings.own_store,
				server.stores[0].id,
			);
			await files.getByText("Ready").waitFor();
			// A second one goes there too, and a new chat has nothing of it.
			await give(page, server, "paste", "rates.txt");
			await page.getByRole("button", { name: "Add 1 file" }).click();
			await files.getByText("Queued").waitFor();
			assert.equal(server.stores.length, 1);
			server.read("rates.txt", "extracting", {
				status: "failed",
				last_error: { code: "unsupported_file", message: "Nobody can read this." },
			});
			await files.getByText("Nobody can read this.").waitFor();
			await page.getByRole("link", { name: "New chat" }).first().click();
			await page.getByRole("button", { name: "No documents" }).waitFor();
			await files.waitFor({ state: "detached" });
		},
	),
	chatTest(
		"a file goes where it is chosen to go, by keyboard and on a phone",
		async ({ page, server }) => {
			await open(page, server);
			await give(page, server, "drop", "terms.txt");
			await page.getByRole("combobox", { name: "Add to" }).press("Enter");
			await page.getByRole("option", { name: "Company documents" }).waitFor();
			await page.keyboard.press("ArrowDown");
			await page.keyboard.press("Enter");
			await page.getByRole("button", { name: "Add 1 file" }).press("Enter");
			await page.getByRole("list", { name: "Files of this chat" }).getByText("Queued").waitFor();
			await page.getByRole("button", { name: "1 store" }).waitFor();
			assert.equal(server.stores.length, 0);
			const [inside, width] = await page.evaluate(() => [
				document.documentElement.scrollWidth,
				innerWidth,
			]);
			assert.ok(inside <= width, `the page is ${inside} px wide in ${width} px`);
			await checkAccess(page);
		},
		{ context: PHONE },
	),
	chatTest(
		"an answer is written, outlives a reload and a lost connection, and is the same in another tab",
		async ({ page, context, server }) => {
			await open(page, server);
			const run = await ask(page, server, "Tell me of the harbour.");
			assert.deepEqual([server.asked[0].background, server.asked[0].stream], [true, true]);
			run.say("The **north** harbour ");
			await log(page).getByText("The north harbour").waitFor();
			await page.waitForURL(/\?id=chat_/);
			await page.reload();
			await log(page).getByText("The north harbour").waitFor();
			const other = await context.newPage();
			await other.goto(page.url());
			await log(other).getByText("The north harbour").waitFor();
			server.cut();
			run.say("has a tower.");
			await log(page).getByText("The north harbour has a tower.").waitFor();
			await log(other).getByText("The north harbour has a tower.").waitFor();
			run.end();
			await page.getByRole("button", { name: "Answer again" }).waitFor();
			await other.getByRole("button", { name: "Answer again" }).waitFor();
			assert.equal(server.asked.length, 1);
		},
	),
	chatTest(
		"a citation opens its passage by keyboard, and Escape leads back to it",
		async ({ page, server }) => {
			await open(page, server);
			await cited(page, server);
			const mark = page.getByRole("button", { name: "Source 1: delivery-terms.md" }).first();
			await mark.focus();
			await page.locator("q").getByText(SENTENCE).waitFor();
			await page.keyboard.press("Enter");
			const pane = page.getByRole("complementary", { name: "Source 1: delivery-terms.md" });
			assert.equal(await pane.locator("mark strong").textContent(), SENTENCE);
			await page.waitForURL(/source=resp_\w+\.1/);
			await checkAccess(page);
			await page.keyboard.press("Escape");
			await pane.waitFor({ state: "detached" });
			assert.equal(
				await page.evaluate(() => document.activeElement.getAttribute("data-source")),
				"1",
			);
		},
		{ context: { viewport: { width: 1440, height: 900 } } },
	),
	chatTest(
		"on a phone the source is a drawer, and nothing is wider than the window",
		async ({ page, server }) => {
			await open(page, server);
			await cited(page, server);
			await page.getByRole("button", { name: "Source 1: delivery-terms.md" }).first().click();
			await page.getByRole("dialog", { name: "delivery-terms.md" }).getByText(SENTENCE).waitFor();
			await checkAccess(page);
			await page.keyboard.press("Escape");
			await fits(page);
			await page.getByRole("button", { name: "Open the list of chats" }).click();
			await page
				.getByRole("dialog", { name: "Chats" })
				.getByRole("link", { name: "How long to Switzerland?" })
				.waitFor();
			await checkAccess(page);
		},
		{ context: PHONE },
	),
	chatTest("Escape stops only when it is pressed again", async ({ page, server }) => {
		await open(page, server);
		const run = await ask(page, server, "Tell me much.");
		run.say("Much, and ");
		await log(page).getByText("Much, and").waitFor();
		await page.keyboard.press("Escape");
		await page.getByText("Press Escape again").waitFor();
		assert.equal(run.response.status, "in_progress");
		await page.keyboard.press("Escape");
		await log(page).getByText("You stopped this answer.").waitFor();
		assert.equal(run.response.status, "cancelled");
		await log(page).getByText("Much, and").waitFor();
	}),
	chatTest(
		"answering again and editing make branches, of which each can be seen",
		async ({ page, server }) => {
			await open(page, server);
			const first = await ask(page, server, "One?");
			first.say("Answer one.");
			first.end();
			await page.getByRole("button", { name: "Answer again" }).click();
			await page.getByRole("button", { name: "Stop" }).waitFor();
			server.last.say("Answer two.");
			server.last.end();
			await log(page).getByText("Version 2 of 2").waitFor();
			await page.getByRole("button", { name: "Edit question" }).click();
			await page.getByRole("textbox", { name: "Edit question" }).fill("Three?");
			await page.keyboard.press("Enter");
			await page.getByRole("button", { name: "Stop" }).waitFor();
			server.last.say("Answer three.");
			server.last.end();
			await log(page).getByText("Version 3 of 3").waitFor();
			assert.deepEqual(
				server.asked.map((body) => body.previous_response_id),
				[null, null, null],
			);
			await page.getByRole("button", { name: "Previous version" }).click();
			await log(page).getByText("Answer two.").waitFor();
			await page.waitForURL(/at=resp_/);
			await page.reload();
			await log(page).getByText("Answer two.").waitFor();
			// What follows, follows this one.
			const next = await ask(page, server, "And then?");
			assert.equal(next.response.previous_response_id, server.runs[1].response.id);
			next.end("failed", "response.failed", {
				error: { code: "server_error", message: "The engine ended." },
			});
			await log(page).getByText("There is no answer").waitFor();
			await log(page).getByText("The engine ended.").waitFor();
			await checkAccess(page);
		},
	),
	chatTest("an answer that breaks off shows what came, and why", async ({ page, server }) => {
		await open(page, server);
		const run = await ask(page, server, "Tell me.");
		run.say("Half of a sent");
		run.end("failed", "response.failed", {
			error: { code: "server_error", message: "The engine ended." },
		});
		await log(page).getByText("Half of a sent").waitFor();
		await log(page).getByText("The answer broke off").waitFor();
		await page.getByRole("button", { name: "Try again" }).click();
		await page.getByRole("button", { name: "Stop" }).waitFor();
		server.last.say("A whole sentence.");
		server.last.end();
		await log(page).getByText("Version 2 of 2").waitFor();
	}),
	chatTest(
		"what is refused is told in place and can be tried again",
		async ({ page, server }) => {
			await open(page, server);
			server.refusal = {
				status: 429,
				code: "insufficient_quota",
				message: "The budget of this month is used up.",
			};
			await page.getByLabel("Message").fill("Anything?");
			await page.keyboard.press("Enter");
			await log(page).getByText("The budget of this month is used up.").waitFor();
			await checkAccess(page);
			await page.getByRole("button", { name: "Try again" }).click();
			await page.getByRole("button", { name: "Stop" }).waitFor();
			server.last.say("Something.");
			server.last.end();
			await log(page).getByText("Something.").waitFor();
			assert.equal(server.chats.length, 1);
		},
		{ allows: [/^429: \/v1\/responses$/] },
	),
	chatTest(
		"strict answers look like what they are: a quotation, or nothing",
		async ({ page, server }) => {
			await open(page, server);
			await chooseDocuments(page, "Strict");
			const quoted = await ask(page, server, "How long?");
			quoted.find();
			quoted.say(`The documents do not say this directly. The nearest passage: “${SENTENCE}”`);
			quoted.cite();
			quoted.end();
			await log(page).locator("blockquote").getByText(SENTENCE).waitFor();
			const nothing = await ask(page, server, "Who won?");
			nothing.say("The documents do not say anything about this.");
			nothing.end();
			await log(page).getByText("No passage in the chosen documents states this.").waitFor();
			await checkAccess(page);
			assert.equal(server.asked[1].bulkhead.grounding, "strict");
		},
	),
	chatTest("what a model writes is text", async ({ page, server }) => {
		await open(page, server);
		const run = await ask(page, server, "Be nasty.");
		run.say(
			'<script>window.caught = 1</script> <img src="https://evil.example/x.png" onerror="window.caught = 2"> ![a](https://evil.example/y.png) [in](/platform/) [run](javascript:alert(1))\n\n',
		);
		run.say(`${">".repeat(3000)} deep\n\n${"[".repeat(3000)}\n\nThe end.`);
		run.end();
		await log(page).getByText("The end.").waitFor();
		await page.getByRole("button", { name: "Answer again" }).waitFor();
		assert.equal(await page.evaluate(() => window.caught), undefined);
		assert.equal(
			await log(page).locator("img, script, a[href^='/'], a[href^='javascript']").count(),
			0,
		);
	}),
	chatTest("chats are searched, renamed and deleted", async ({ page, server }) => {
		server.addChat("Harbour");
		const chat = server.addChat("Delivery");
		await open(page, server, `/chat/?id=${chat.id}`);
		const list = page.getByRole("navigation", { name: "Chats" });
		await list.getByRole("link", { name: "Harbour" }).waitFor();
		await page.getByRole("searchbox", { name: "Search chats" }).fill("deliv");
		await list.getByRole("link", { name: "Harbour" }).waitFor({ state: "detached" });
		await page.waitForURL(/q=deliv/);
		await page.getByRole("button", { name: "Actions for Delivery" }).click();
		await page.getByRole("menuitem", { name: "Rename" }).click();
		await page.getByRole("dialog").getByLabel("Name").fill("Delivery to Zürich");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { level: 1, name: "Delivery to Zürich" }).waitFor();
		await page.getByRole("button", { name: "Actions for Delivery to Zürich" }).click();
		await page.getByRole("menuitem", { name: "Delete" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
		await page.getByRole("heading", { level: 1, name: "New chat" }).waitFor();
		assert.equal(server.chats.length, 1);
	}),
	chatTest(
		"a chat of somebody else looks like one that does not exist",
		async ({ page, server }) => {
			await open(page, server, `/chat/?id=chat_${"f".repeat(32)}`);
			await page.getByText("This does not exist, or you have no access to it.").waitFor();
			await checkAccess(page);
		},
		{ allows: [/^404: \/api\/chats\//] },
	),
	chatTest(
		"it is accessible in both themes: empty, while it writes, with sources",
		async ({ page, server }) => {
			await open(page, server);
			await page.getByText("What would you like to know?").waitFor();
			await checkThemes(page);
			await cited(page, server);
			const run = await ask(page, server, "In code?");
			run.say(
				"# A head\n\n- [ ] open\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f():\n    return 1\n```\n\nAnd ",
			);
			await log(page).getByText("And", { exact: true }).waitFor();
			await checkThemes(page);
			run.end();
			await page.getByRole("button", { name: "Details" }).last().click();
			await page.getByText("Tokens in").waitFor();
			await checkThemes(page);
		},
	),
];
