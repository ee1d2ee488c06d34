// SPDX-License-Identifier: Apache-2.0
// bench-browser.mjs: what the console's figures have in common: a browser, somebody signed in, a slow processor, and how
// long the page took to answer to a hand.
import { chromium } from "playwright-core";

/** How much slower the page's processor is made: a plain laptop of some years ago. */
export const SLOWDOWN = 4;
/** Event timing tells nothing below this. */
const LEAST_MS = 16;

export function launch(...more) {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", ...more],
	});
}

/** A context that nobody has used: nothing is cached. */
export async function open(browser, origin, storageState) {
	const context = await browser.newContext({
		baseURL: origin,
		viewport: { width: 1280, height: 800 },
		locale: "en-GB",
		storageState,
	});
	context.setDefaultTimeout(60_000);
	const page = await context.newPage();
	return { context, page };
}

export async function slow(page) {
	const session = await page.context().newCDPSession(page);
	await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
}

/** The cookies of a session that began by password. */
export async function signIn(browser, origin, { email, password }) {
	const { context, page } = await open(browser, origin);
	await page.goto("/sign-in/");
	const status = await page.evaluate(
		async (body) => {
			const answer = await fetch("/api/auth/session", {
				method: "POST",
				headers: { "content-type": "application/json", "x-bulkhead-console": "1" },
				body: JSON.stringify(body),
			});
			return answer.status;
		},
		{ email, password },
	);
	if (status !== 200) throw new Error(`the sign-in of ${email}: ${status}`);
	const state = await context.storageState();
	await context.close();
	return state;
}

/** Before the first navigation: notes largest paints, shifts, and every event that belongs to an interaction. */
export function watch(page) {
	return page.addInitScript((least) => {
		window.bench = { lcp: 0, what: "", cls: 0, events: [], frames: [] };
		const on = (type, note, more) =>
			new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
				type,
				buffered: true,
				...more,
			});
		on("largest-contentful-paint", (entry) => {
			window.bench.lcp = entry.startTime;
			window.bench.what = `${entry.element?.localName ?? "?"} ${(entry.element?.textContent ?? "").slice(0, 40)}`;
		});
		on("layout-shift", (entry) => {
			if (!entry.hadRecentInput) window.bench.cls += entry.value;
		});
		on(
			"event",
			(entry) => {
				if (entry.interactionId) window.bench.events.push(entry.duration);
			},
			{ durationThreshold: least },
		);
		on("long-animation-frame", (entry) => window.bench.frames.push(entry.duration));
	}, LEAST_MS);
}

/** Goes to a page and waits until it is there, and what it fetches in advance as well. */
export async function goTo(page, path) {
	await page.goto(path);
	await page.getByRole("heading", { level: 1 }).first().waitFor();
	await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
	await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2000)));
	await page.waitForLoadState("networkidle");
	await settled(page);
}

/** Until what was done has been painted and told. */
export function settled(page) {
	return page.evaluate(
		() =>
			new Promise((resolve) =>
				requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 150))),
			),
	);
}

/** Milliseconds from the input to the paint that followed it, of the slowest event of what is done. */
export async function timed(page, act) {
	await settled(page);
	await page.evaluate(() => {
		window.bench.events = [];
	});
	await act();
	await settled(page);
	return page.evaluate((least) => Math.max(least, ...window.bench.events), LEAST_MS);
}

/** The longest frame while a box is scrolled in jumps, forth and back; below 50 ms the browser tells none. */
export async function scrolled(page, selector, jumps = 40) {
	await settled(page);
	await page.evaluate(() => {
		window.bench.frames = [];
	});
	await page.evaluate(
		async ({ selector, jumps }) => {
			const box = document.querySelector(selector) ?? document.scrollingElement;
			const painted = () =>
				new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
			for (let jump = 0; jump < jumps; jump++) {
				box.scrollTop = box.scrollHeight * Math.abs(Math.sin(jump));
				await painted();
			}
		},
		{ selector, jumps },
	);
	await settled(page);
	return page.evaluate(() => Math.max(50, ...window.bench.frames));
}

/**
 * What the page's main thread itself ran, of a trace of `act`. On a machine that others use, the clock tells about them as
 * well; what a page has to compute does not change.
 */
export async function traced(browser, page, act) {
	await browser.startTracing(page, {
		categories: ["toplevel", "loading", "devtools.timeline", "blink.user_timing", "__metadata"],
	});
	const result = await act();
	const { traceEvents } = JSON.parse(await browser.stopTracing());
	return { result, trace: new Trace(traceEvents) };
}

class Trace {
	constructor(events) {
		const place = (event) => `${event.pid} ${event.tid}`;
		const mains = new Set(
			events
				.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain")
				.map(place),
		);
		this.events = events;
		// What this program itself asks of the page is none of the page's work.
		const asked = events.filter((event) =>
			event.args?.chrome_mojo_event_info?.mojo_interface_tag?.includes("DevToolsSession"),
		);
		const isOurs = (task) =>
			asked.some(
				(event) =>
					event.pid === task.pid &&
					event.tid === task.tid &&
					event.ts >= task.ts &&
					event.ts <= task.ts + task.dur,
			);
		this.tasks = events.filter(
			(event) =>
				event.name.endsWith("::RunTask") &&
				event.tdur > 0 &&
				mains.has(place(event)) &&
				!isOurs(event),
		);
	}

	/** Milliseconds of processor time between two moments; a task that lies across one counts by its part. */
	between(from, to) {
		let sum = 0;
		for (const { ts, dur, tdur } of this.tasks) {
			const inside = Math.min(to, ts + dur) - Math.max(from, ts);
			if (inside > 0) sum += tdur * (dur > 0 ? Math.min(1, inside / dur) : 1);
		}
		return sum / 1000;
	}

	/** Up to the largest paint of the last page that was gone to. */
	toLargestPaint() {
		const paint = this.events.findLast(
			(event) => event.name === "largestContentfulPaint::Candidate",
		);
		const start = this.events.findLast(
			(event) =>
				event.name === "navigationStart" &&
				event.ts < paint?.ts &&
				event.args.data?.isOutermostMainFrame,
		);
		if (!paint || !start) throw new Error("the trace has no largest paint");
		return this.between(start.ts, paint.ts);
	}

	/**
	 * Of each interaction, when it began, and milliseconds from the input to the frame that shows what came of it: what was
	 * under way before it, its handlers, and style, layout and paint.
	 */
	interactions() {
		const found = [];
		for (const event of this.events) {
			if (event.name !== "EventTiming" || event.ph !== "b") continue;
			const { interactionId, timeStamp, commitFinishTime } = event.args.data ?? {};
			if (!interactionId || !commitFinishTime) continue;
			const until = event.ts + (commitFinishTime - timeStamp) * 1000;
			found.push({ at: event.ts, ms: this.between(event.ts, until) });
		}
		return found;
	}

	/** When the page itself noted something (performance.mark). */
	marks(name) {
		return this.events.filter((event) => event.name === name).map((event) => event.ts);
	}

	/** The slowest interaction of each of these acts, which lie between the marks bench-act and bench-done. */
	acts(names, times) {
		const all = this.interactions();
		const done = this.marks("bench-done");
		const slowest = this.marks("bench-act").map((from, i) => {
			const own = all.filter(({ at }) => at >= from && at < done[i]).map(({ ms }) => ms);
			return Math.round(times * Math.max(0, ...own));
		});
		return Object.fromEntries(names.map((name, i) => [name, slowest[i]]));
	}

	longestTask(from, to) {
		const inside = this.tasks.filter((task) => task.ts >= from && task.ts < to);
		return inside.reduce((most, task) => Math.max(most, task.tdur / 1000), 0);
	}
}

/** An act between two marks of the page, so that a trace knows it. */
export async function marked(page, act) {
	await settled(page);
	await page.evaluate(() => performance.mark("bench-act"));
	await act();
	await settled(page);
	await page.evaluate(() => performance.mark("bench-done"));
}

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}
