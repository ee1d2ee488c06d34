// SPDX-License-Identifier: Apache-2.0
// Fine-tuning over a made-up API that a test leads: asked for, checked, drawn, compared, paused, used, deleted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { finetuneTest } from "./finetune-server.mjs";
import { checkAccess, checkThemes, fits } from "./watch.mjs";

export const target = "stub";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function open(page, server, path = "/fine-tuning/") {
	await page.goto(server.origin + path);
	await page.getByRole("heading", { level: 1 }).waitFor();
}

const at = (job) => `/fine-tuning/?id=${job.id}`;
const chart = (page, name) => page.getByRole("figure", { name });

export const tests = [
	finetuneTest(
		"a file is sent and a job is asked for by keyboard, with what is set aside for it",
		async ({ page, server }) => {
			server.addFile("tickets.jsonl", 6000);
			server.addFile("adapter.gguf", 100);
			await open(page, server);
			await page.getByText("No jobs yet").waitFor();
			await page.getByRole("button", { name: "Start training" }).first().focus();
			await page.keyboard.press("Enter");
			const dialog = page.getByRole("dialog", { name: "Fine-tune a model" });
			await dialog.getByText("What is set aside for it is shown").waitFor();
			await dialog.getByRole("combobox", { name: "Training file" }).focus();
			await page.keyboard.press("Enter");
			await page.getByRole("option", { name: "tickets.jsonl" }).waitFor();
			assert.equal(await page.getByRole("option", { name: "adapter.gguf" }).count(), 0);
			await page.keyboard.press("Escape");
			const [chooser] = await Promise.all([
				page.waitForEvent("filechooser"),
				dialog.getByRole("button", { name: "Upload: Training file" }).click(),
			]);
			await chooser.setFiles({
				name: "sent.jsonl",
				mimeType: "application/jsonl",
				buffer: Buffer.from("{}\n"),
			});
			await dialog.getByText("3,003 tokens at most").waitFor();
			await dialog.getByLabel("Epochs").fill("0");
			await dialog.getByText("A whole number.").waitFor();
			assert.ok(await dialog.getByRole("button", { name: "Start training" }).isDisabled());
			await dialog.getByLabel("Epochs").fill("1");
			await dialog.getByText("1,001 tokens at most").waitFor();
			await dialog.getByLabel("Suffix").fill("tickets");
			await checkThemes(page);
			await dialog.getByLabel("Suffix").focus();
			await page.keyboard.press("Enter");
			await page.getByRole("heading", { level: 1, name: "Training of made-up-chat" }).waitFor();
			const { body } = server.asked.find(({ path }) => path === "/v1/fine_tuning/jobs");
			assert.equal(body.model, "made-up-chat");
			assert.equal(body.training_file, server.files[0].id);
			assert.equal(body.suffix, "tickets");
			assert.equal(body.method.supervised.hyperparameters.n_epochs, 1);
			await page.getByText("The files are checked").waitFor();
		},
	),
	finetuneTest(
		"without a trainer the form says so",
		async ({ page, server }) => {
			server.addFile("tickets.jsonl", 6000);
			const message = "No trainer is installed on this platform.";
			const error = { message, type: "invalid_request_error", param: null, code: "invalid_state" };
			server.refusal = [400, { error }];
			await page.goto(`${server.origin}/fine-tuning/?do=create`);
			const dialog = page.getByRole("dialog", { name: "Fine-tune a model" });
			await dialog.getByRole("combobox", { name: "Training file" }).click();
			await page.getByRole("option", { name: "tickets.jsonl" }).click();
			await dialog.getByRole("button", { name: "Start training" }).click();
			await dialog.getByText("Whoever runs the platform can add it.").waitFor();
			await checkAccess(page);
		},
		{ allows: [/^400: \/v1\/fine_tuning\/jobs$/] },
	),
	finetuneTest(
		"findings stand by line and field, and the curve is drawn as it comes, over another one, and taken along",
		async ({ page, server }) => {
			const other = server.addJob();
			server.step(other, 1, 2, 5);
			server.step(other, 2, 2, 4);
			server.succeed(other);
			const job = server.addJob();
			const data = {
				file: "training",
				line: 7,
				field: "messages[1].role",
				message: "unknown role",
			};
			server.tell(job, "message", data, "training file: line 7", "warn");
			server.check(job, 0, 1);
			await open(page, server, at(job));
			const findings = page.getByRole("table", { name: "Data check" });
			await findings.getByRole("row", { name: /unknown role.*7.*messages\[1\]\.role/ }).waitFor();
			await page.getByText("40 examples, no errors, 1 warning.").waitFor();
			await page.getByText("Waiting as number 1").waitFor();
			server.step(job, 1, 3, 4);
			await chart(page, "Loss").getByText("At step 1: training 4, held out –.").waitFor();
			await page.getByText("1 of 3 steps").waitFor();
			server.step(job, 2, 3, 2);
			server.checkpoint(job, 2, 2.5);
			await chart(page, "Loss").getByText("At step 2: training 2, held out 2.5.").waitFor();
			await page.getByRole("table", { name: "Checkpoints" }).waitFor();
			await page.getByRole("combobox", { name: "Compare with" }).click();
			await page.getByRole("option", { name: /^ft:made-up-chat/ }).click();
			await chart(page, "Loss").getByText("Training of the other job").waitFor();
			await page.getByRole("switch", { name: "Logarithmic axis" }).click();
			await page.getByRole("combobox", { name: "Smoothing" }).click();
			await page.getByRole("option", { name: "Medium" }).click();
			await page.waitForURL(
				({ searchParams }) =>
					searchParams.get("log") === "1" && searchParams.get("smooth") === "medium",
			);
			await checkThemes(page);
			await chart(page, "Loss").getByRole("radio", { name: "Table" }).click();
			const figures = page.getByRole("table", { name: "Loss" });
			assert.match(await figures.getByRole("row").nth(1).textContent(), /^14–5–/);
			await checkAccess(page);
			const [download] = await Promise.all([
				page.waitForEvent("download"),
				page.getByRole("button", { name: "Download as CSV" }).click(),
			]);
			assert.equal(
				readFileSync(await download.path(), "utf8"),
				"step,train_loss,full_valid_loss,learning_rate\r\n1,4,,0.0002\r\n2,2,2.5,0.0001\r\n",
			);
			await page.getByRole("radio", { name: "Learning rate" }).click();
			await chart(page, "Learning rate").getByText("2 steps so far.").waitFor();
		},
	),
	finetuneTest("a job is paused, resumed and cancelled", async ({ page, server }) => {
		const job = server.addJob();
		server.check(job, 0, 0);
		server.step(job, 1, 3, 4);
		await open(page, server, at(job));
		await page.getByRole("button", { name: "Pause" }).click();
		await page.getByText("The job is paused").waitFor();
		assert.equal(job.bulkhead.paused, true);
		await page.getByRole("button", { name: "Resume" }).click();
		await page.getByText("1 of 3 steps").waitFor();
		await page.getByRole("button", { name: "Cancel job" }).click();
		const dialog = page.getByRole("dialog", { name: "Cancel this job?" });
		await checkAccess(page);
		await dialog.getByRole("button", { name: "Cancel job" }).click();
		await page.getByText("The job has cancelled.").waitFor();
		await page.getByRole("button", { name: "Pause" }).waitFor({ state: "detached" });
		assert.equal(job.status, "cancelled");
	}),
	finetuneTest(
		"a result is compared with its base, used in the chat, and its model deleted",
		async ({ page, server }) => {
			const job = server.addJob();
			server.step(job, 2, 2, 2);
			server.succeed(job);
			await open(page, server);
			await page.getByRole("link", { name: job.fine_tuned_model }).click();
			await page.getByText("Berth four opens at six.").waitFor();
			await page.getByText("I do not know.").waitFor();
			await page.getByText("1.75").waitFor();
			await page.getByText("€0.24").first().waitFor();
			await checkThemes(page);
			await page.getByRole("link", { name: "Use in chat" }).click();
			await page.waitForURL(({ pathname }) => pathname === "/chat/");
			await page.getByText(job.fine_tuned_model).first().waitFor();
			await open(page, server, at(job));
			await page.getByRole("button", { name: "Delete model" }).click();
			const dialog = page.getByRole("dialog", { name: "Delete this model?" });
			await dialog.getByRole("textbox").fill(job.fine_tuned_model);
			await dialog.getByRole("button", { name: "Delete model" }).click();
			await page.getByText("The model was deleted").waitFor();
			await page.getByRole("link", { name: "Use in chat" }).waitFor({ state: "detached" });
			const { path } = server.asked.find(({ method }) => method === "DELETE");
			assert.equal(decodeURIComponent(path), `/v1/models/${job.fine_tuned_model}`);
		},
	),
	finetuneTest(
		"what was held back as worse and what failed are told, and all of it fits a phone",
		async ({ page, server }) => {
			const worse = server.addJob();
			server.step(worse, 2, 2, 2);
			server.checkpoint(worse, 2, 3.5);
			server.succeed(worse, true);
			const failed = server.addJob();
			const error = { code: "invalid_file", message: "The file has 1 error.", param: null };
			server.end(failed, "failed", { error });
			await open(page, server);
			await page.getByRole("table", { name: "Fine-tuning" }).getByText("Failed").waitFor();
			await fits(page);
			await checkAccess(page);
			await open(page, server, at(worse));
			await page.getByText("The result is held back").waitFor();
			await chart(page, "Loss").waitFor();
			await fits(page);
			await checkAccess(page);
			await open(page, server, at(failed));
			await page.getByText("The file has 1 error.").waitFor();
			// Behind a dialog the page is hidden from roles.
			await page.goto(`${server.origin}/fine-tuning/?do=create`);
			await page.getByRole("dialog", { name: "Fine-tune a model" }).waitFor();
			await fits(page);
		},
		{ context: PHONE },
	),
	finetuneTest(
		"where the plan has no fine-tuning the menu has none either, and the page says so",
		async ({ page, server }) => {
			server.session.entitlements = ["chat"];
			await open(page, server);
			await page.getByText("Fine-tuning is not included").waitFor();
			const menu = page.getByRole("navigation").first();
			await menu.getByRole("link", { name: "Models" }).waitFor();
			assert.equal(await menu.getByRole("link", { name: "Fine-tuning" }).count(), 0);
			await checkAccess(page);
		},
	),
];
