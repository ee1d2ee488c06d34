// SPDX-License-Identifier: Apache-2.0
// chat-steps.mjs: a test of the chat with a made-up server of its own, and what one does there.
import assert from "node:assert/strict";
import { ChatServer } from "./chat-server.mjs";

/** Each test has a server of its own, which is another origin than the runner's. */
const OWN = [/^elsewhere: http:\/\/127\.0\.0\.1:\d+\//];

export function chatTest(name, run, { context, allows = [] } = {}) {
	return {
		name,
		context,
		allows: [...OWN, ...allows],
		run: async (given) => {
			const server = await new ChatServer().start();
			try {
				await run({ ...given, server });
			} finally {
				await given.page.close();
				server.stop();
			}
		},
	};
}

export async function open(page, server, path = "/chat/") {
	await page.goto(server.origin + path);
	await page.getByRole("heading", { level: 1 }).waitFor();
}

/** Asks and waits until the run exists. */
export async function ask(page, server, text) {
	const before = server.runs.length;
	await page.getByLabel("Message").fill(text);
	await page.getByLabel("Message").press("Enter");
	await page.getByRole("button", { name: "Stop" }).waitFor();
	assert.equal(server.runs.length, before + 1);
	return server.last;
}

export const log = (page) => page.getByRole("log", { name: "Conversation" });
