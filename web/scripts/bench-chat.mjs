// SPDX-License-Identifier: Apache-2.0
// bench-chat.mjs: what the chat page costs in a browser: a long answer as it is written, and a long chat as it is scrolled.
// usage: node scripts/bench-chat.mjs ORIGIN EMAIL PASSWORD; the default model must be the scripted upstream with the
// scripts "console-long" and "console-short" (bench/console_chat.py sees to that). Writes one JSON object.
import { chromium } from "playwright-core";

const [origin, email, password] = process.argv.slice(2);
if (!password) throw new Error("usage: node scripts/bench-chat.mjs ORIGIN EMAIL PASSWORD");

const TURNS = 500;
const STEPS = 60;

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox"],
});
const context = await browser.newContext({
	baseURL: origin,
	viewport: { width: 1280, height: 800 },
	locale: "en-GB",
});
context.setDefaultTimeout(120_000);
const page = await context.newPage();

/** Calls the API as the page does. */
const call = (method, path, body) =>
	page.evaluate(
		async ({ method, path, body }) => {
			const answer = await fetch(path, {
				method,
				headers: { "content-type": "application/json", "x-bulkhead-console": "1" },
				body: body && JSON.stringify(body),
			});
			if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
			return answer.json();
		},
		{ method, path, body },
	);

/** Notes every frame and every long task from now on. */
const watchFrames = () =>
	page.evaluate(() => {
		window.benchFrames = [];
		window.benchTasks = [];
		new PerformanceObserver((list) =>
			window.benchTasks.push(...list.getEntries().map((entry) => entry.duration)),
		).observe({ type: "longtask" });
		let before = performance.now();
		const frame = (now) => {
			window.benchFrames.push(now - before);
			before = now;
			requestAnimationFrame(frame);
		};
		requestAnimationFrame(frame);
	});

const figures = () =>
	page.evaluate(() => {
		const frames = window.benchFrames.slice(2).sort((a, b) => a - b);
		const at = (share) =>
			Math.round(frames[Math.min(frames.length - 1, Math.floor(frames.length * share))]);
		return {
			frames: frames.length,
			median_ms: at(0.5),
			p99_ms: at(0.99),
			longest_ms: at(1),
			longest_task_ms: Math.round(Math.max(0, ...window.benchTasks)),
		};
	});

/**
 * The longest task of the page's main thread in time that it ran itself: on a machine that others use, a frame is late for
 * their reasons too.
 */
async function traced(act) {
	await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
	const result = await act();
	const { traceEvents } = JSON.parse(await browser.stopTracing());
	const mains = new Set(
		traceEvents
			.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain")
			.map((event) => `${event.pid} ${event.tid}`),
	);
	const tasks = traceEvents.filter(
		(event) =>
			event.name.endsWith("RunTask") &&
			event.tdur !== undefined &&
			mains.has(`${event.pid} ${event.tid}`),
	);
	const most = tasks.reduce((longest, event) => Math.max(longest, event.tdur), 0);
	return { ...result, longest_task_cpu_ms: Math.round(most / 1000) };
}

async function stream() {
	await page.goto("/chat/");
	await page.locator("textarea").waitFor();
	await page.locator("textarea").fill('A long answer. #mock "console-long"');
	await page.locator("textarea").press("Enter");
	await page.locator("[role=log] h3").first().waitFor();
	await watchFrames();
	const begun = Date.now();
	await page.getByRole("button", { name: "Answer again" }).waitFor();
	const words = await page
		.locator("[role=log]")
		.evaluate((log) => log.textContent.split(/\s+/).length);
	return { words, seconds: Math.round((Date.now() - begun) / 1000), ...(await figures()) };
}

async function fill() {
	const chat = await call("POST", "/api/chats", { title: "A thousand messages" });
	let previous = null;
	for (let turn = 0; turn < TURNS; turn++) {
		const made = await call("POST", "/v1/responses", {
			model: "default",
			input: `Question ${turn} #mock "console-short"`,
			previous_response_id: previous,
			truncation: "auto",
			bulkhead: { chat: chat.id },
		});
		previous = made.id;
	}
	return chat.id;
}

async function scroll(id) {
	const begun = Date.now();
	await page.goto(`/chat/?id=${id}`);
	await page.locator("article").first().waitFor();
	const shown = Date.now() - begun;
	await page.waitForFunction(
		(turns) => document.querySelectorAll("article").length >= turns,
		TURNS,
	);
	const whole = Date.now() - begun;
	await watchFrames();
	// From the end to the beginning, then in jumps.
	const longest = await page.evaluate(async (steps) => {
		const box = document.querySelector("[role=log]");
		const next = () =>
			new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
		let most = 0;
		for (let step = 0; step <= steps; step++) {
			const at = performance.now();
			box.scrollTop =
				box.scrollHeight * (step % 2 === 0 ? 1 - step / steps : Math.abs(Math.sin(step)));
			await next();
			most = Math.max(most, performance.now() - at);
		}
		return Math.round(most);
	}, STEPS);
	return {
		messages: 2 * TURNS,
		first_shown_ms: shown,
		all_mounted_ms: whole,
		longest_scroll_ms: longest,
		...(await figures()),
	};
}

await page.goto("/sign-in/");
await call("POST", "/api/auth/session", { email, password });
const streamed = await traced(stream);
const chat = await fill();
const scrolled = await traced(() => scroll(chat));
console.log(JSON.stringify({ chat, stream: streamed, scroll: scrolled }));
await browser.close();
