// SPDX-License-Identifier: Apache-2.0
// Images and speech over a made-up API that a test leads: drawn, cancelled, found, looked into, heard, spoken.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mediaTest, silence } from "./media-server.mjs";
import { checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "stub";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function open(page, server, path) {
	await page.goto(server.origin + path);
	await page.getByRole("heading", { level: 1 }).waitFor();
}

const gallery = (page) => page.getByRole("list", { name: "Images" });
const underWay = (page) => page.getByRole("heading", { name: "Under way" });

/** Opens the form and sends it with the keyboard alone. */
async function create(page, server, prompt, count = 1) {
	await page.getByRole("button", { name: "Create pictures" }).first().focus();
	await page.keyboard.press("Enter");
	const dialog = page.getByRole("dialog", { name: "Create pictures" });
	await dialog.getByLabel("Prompt").focus();
	await page.keyboard.type(prompt);
	if (count > 1) {
		await dialog.getByRole("combobox", { name: "Pictures" }).click();
		await page.getByRole("option", { name: String(count), exact: true }).click();
	}
	const before = server.jobs.length;
	await dialog.getByRole("button", { name: "Create pictures" }).focus();
	await page.keyboard.press("Enter");
	await dialog.waitFor({ state: "hidden" });
	assert.equal(server.jobs.length, before + 1);
	return server.jobs[0];
}

const choose = async (page, name, file) => {
	const [chooser] = await Promise.all([
		page.waitForEvent("filechooser"),
		page.getByRole("button", { name }).first().click(),
	]);
	await chooser.setFiles(file);
};

const RECORDING = { name: "berths.wav", mimeType: "audio/wav", buffer: silence() };

export const tests = [
	mediaTest(
		"pictures are created by keyboard, their cost is told, drafts are shown, and the page finds them again",
		async ({ page, server }) => {
			await open(page, server, "/images/");
			await page.getByText("No pictures yet").waitFor();
			await page.getByRole("button", { name: "Create pictures" }).first().click();
			const dialog = page.getByRole("dialog", { name: "Create pictures" });
			await dialog.getByText("It will cost €0.04").waitFor();
			await checkAccess(page);
			await page.keyboard.press("Escape");
			await dialog.waitFor({ state: "hidden" });
			const job = await create(page, server, "A lighthouse", 2);
			const { body } = server.asked.find(({ path }) => path.endsWith("/generations"));
			assert.equal(body.partial_images, 2);
			assert.deepEqual(body.bulkhead, { detached: true });
			await underWay(page).waitFor();
			server.draft(job);
			await page.getByRole("img", { name: "Picture 1, as it is now" }).waitFor();
			await checkThemes(page);
			server.complete(job);
			await gallery(page).getByRole("img", { name: "A lighthouse" }).waitFor();
			await page.reload();
			await underWay(page).waitFor();
			await page.getByText("1 of 2").waitFor();
			server.complete(job);
			await underWay(page).waitFor({ state: "detached" });
			await page.getByText("2 pictures were made").waitFor();
			await gallery(page).getByRole("listitem").nth(1).waitFor();
		},
	),
	mediaTest("a request is cancelled, and what was refused is told", async ({ page, server }) => {
		await open(page, server, "/images/");
		await create(page, server, "A lighthouse");
		await page.getByRole("button", { name: "Cancel" }).click();
		await page.getByText("Cancelled. Nothing was made.").waitFor();
		await underWay(page).waitFor({ state: "detached" });
		const job = await create(page, server, "Another one");
		job.status = "failed";
		job.error = { code: "budget_exceeded", message: "The budget is used up.", param: null };
		await page.getByText("The pictures could not be made.").waitFor();
		await page.getByText("The budget is used up.").waitFor();
		await page.getByRole("button", { name: "Hide" }).click();
		await underWay(page).waitFor({ state: "detached" });
	}),
	mediaTest(
		"a picture gets its words, is made again with its settings, edited, and deleted",
		async ({ page, server }) => {
			const picture = server.addPicture("A lighthouse");
			await open(page, server, "/images/");
			await gallery(page).getByText("No alternative text").waitFor();
			await gallery(page).getByRole("link").first().focus();
			await page.keyboard.press("Enter");
			const drawer = page.getByRole("dialog", { name: "Picture" });
			await drawer.getByLabel("Alternative text").fill("A white tower");
			await checkAccess(page);
			await drawer.getByRole("button", { name: "Save" }).click();
			await page.getByText("Saved").waitFor();
			assert.equal(picture.alt, "A white tower");
			await drawer.getByRole("button", { name: "Reuse settings" }).click();
			const form = page.getByRole("dialog", { name: "Create pictures" });
			await form.waitFor();
			assert.equal(await form.getByLabel("Prompt").inputValue(), "A lighthouse");
			assert.equal(await form.getByLabel("Seed").inputValue(), "7");
			await page.keyboard.press("Escape");
			await form.waitFor({ state: "hidden" });
			await gallery(page).getByRole("link").first().click();
			await drawer.getByRole("button", { name: "Edit" }).click();
			const edit = page.getByRole("dialog", { name: "Edit pictures" });
			await edit.getByLabel("Prompt").fill("At night");
			await checkAccess(page);
			await edit.getByRole("button", { name: "Edit", exact: true }).click();
			await edit.waitFor({ state: "hidden" });
			const { body } = server.asked.find(({ path }) => path.endsWith("/edits"));
			assert.deepEqual(body.images, [{ file_id: picture.file_id }]);
			server.complete(server.jobs[0]);
			await underWay(page).waitFor({ state: "detached" });
			await gallery(page).getByRole("link", { name: "A white tower" }).click();
			await drawer.getByRole("button", { name: "Delete" }).click();
			await page
				.getByRole("dialog", { name: "Delete this picture?" })
				.getByRole("button", { name: "Delete" })
				.click();
			await page.getByText("The picture was deleted").waitFor();
			assert.ok(!server.pictures.includes(picture));
		},
	),
	mediaTest(
		"pictures are found by words and by a picture, and what is in one is drawn around",
		async ({ page, server }) => {
			server.addPicture("A lighthouse");
			server.addPicture("A bicycle");
			await open(page, server, "/images/");
			await page.getByRole("searchbox", { name: "Search by words" }).fill("bicycle");
			await page.keyboard.press("Enter");
			await page.waitForURL((url) => url.searchParams.get("q") === "bicycle");
			await gallery(page).getByRole("img", { name: "A lighthouse" }).waitFor({ state: "detached" });
			await gallery(page).getByRole("link").first().click();
			await page.getByRole("button", { name: "Find similar" }).click();
			await page.getByText("Pictures that look like this one.").waitFor();
			await checkAccess(page);
			await page.getByRole("button", { name: "Show all" }).click();
			await gallery(page).getByRole("img", { name: "A lighthouse" }).waitFor();
			await choose(page, "Analyse a picture", {
				name: "berth.png",
				mimeType: "image/png",
				buffer: readFileSync(new URL("../../shots/404-light-390.png", import.meta.url)),
			});
			const drawer = page.getByRole("dialog", { name: "Picture" });
			await drawer.getByText("31%, which most people call blurred").waitFor();
			await drawer.getByText("https://example.com/berth").waitFor();
			await drawer.getByText("labels, faces").waitFor();
			assert.equal(await drawer.locator("svg[viewBox='0 0 512 512'] g").count(), 3);
			await checkThemes(page);
			await drawer.getByRole("switch", { name: "Show where words and codes are" }).click();
			await drawer.locator("svg[viewBox='0 0 512 512']").waitFor({ state: "detached" });
			await drawer.getByRole("button", { name: "Look for the place" }).click();
			await drawer
				.getByRole("button", { name: "Look for the place" })
				.waitFor({ state: "detached" });
			const { body } = server.asked.findLast(({ path }) => path.endsWith("/analyses"));
			assert.ok(body.include.includes("place"));
		},
	),
	mediaTest(
		"where the plan has no images the menu has none either, and the page says so",
		async ({ page, server }) => {
			server.session.entitlements = ["chat", "audio"];
			await open(page, server, "/images/");
			await page.getByText("Images are not included").waitFor();
			const menu = page.getByRole("navigation").first();
			await menu.getByRole("link", { name: "Speech" }).waitFor();
			assert.equal(await menu.getByRole("link", { name: "Images" }).count(), 0);
			await checkAccess(page);
		},
	),
	mediaTest(
		"without models the test backend is named, and speech says what is missing",
		async ({ page, server }) => {
			server.kinds = [];
			await page.goto(`${server.origin}/images/?do=create`);
			await page.getByText("No image model is installed").waitFor();
			await checkAccess(page);
			await open(page, server, "/speech/");
			await page.getByText("No transcription model is installed").waitFor();
			await checkAccess(page);
			await page.getByRole("tab", { name: "Speak" }).click();
			await page.getByText("No speech model is installed").waitFor();
		},
	),
	mediaTest(
		"a press on a word leads into the recording, and the transcript is taken along",
		async ({ page, server }) => {
			await open(page, server, "/speech/");
			await choose(page, "Choose file", RECORDING);
			await page.getByText("It will cost about €0.04").waitFor();
			await page.getByRole("button", { name: "Transcribe" }).click();
			await page.getByText("harbour").waitFor();
			await checkThemes(page);
			const at = () => page.locator("audio").evaluate((player) => player.currentTime);
			await page.getByText("six.").click();
			await page.waitForFunction(() => document.querySelector("audio").currentTime >= 0.6);
			await page.locator("[data-now]").waitFor();
			await page.getByRole("button", { name: "Play from 0:00" }).nth(1).focus();
			await page.keyboard.press("Enter");
			assert.ok((await at()) >= 0.5);
			const [download] = await Promise.all([
				page.waitForEvent("download"),
				page.getByRole("button", { name: "Download as SRT" }).click(),
			]);
			assert.equal(download.suggestedFilename(), "berths.srt");
			assert.match(
				readFileSync(await download.path(), "utf8"),
				/^1\n00:00:00,000 --> 00:00:00,500\nThe harbour opens\.\n/,
			);
		},
	),
	mediaTest("a text is spoken and can be heard", async ({ page, server }) => {
		await open(page, server, "/speech/?tab=speak");
		await page.getByLabel("Text").fill("The harbour opens at six.");
		await page.getByText("It will cost about €1.00").waitFor();
		await page.getByRole("button", { name: "Speak" }).click();
		const player = page.getByLabel("Recording");
		await player.waitFor();
		await page.waitForFunction(() => document.querySelector("audio[controls]").duration === 1);
		await checkThemes(page);
		const { body } = server.asked.find(({ path }) => path.endsWith("/speech"));
		assert.deepEqual(body, {
			model: "made-up-speech",
			input: "The harbour opens at six.",
			voice: "alloy",
			speed: 1,
			response_format: "mp3",
		});
	}),
	mediaTest(
		"images and speech fit a phone",
		async ({ page, server }) => {
			server.addPicture("A lighthouse ".repeat(40));
			await open(page, server, "/images/");
			await gallery(page).getByRole("img").first().waitFor();
			await fits(page);
			await checkAccess(page);
			await gallery(page).getByRole("link").first().click();
			await page.getByRole("tab", { name: "Analysis" }).click();
			await page.getByText("Sharpness").waitFor();
			await fits(page);
			await open(page, server, "/speech/?tab=speak");
			await page.getByLabel("Voice").waitFor();
			await fits(page);
			await checkAccess(page);
		},
		{ context: PHONE },
	),
];
