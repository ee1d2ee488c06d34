// SPDX-License-Identifier: Apache-2.0
// own-server.mjs: tests that each have a server of their own, and what such a server reads and says.

const REQUEST = "7".padStart(32, "0");

/** A form is not read: what is in it was chosen by the test. */
export async function read(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	const isJson = request.headers["content-type"] === "application/json";
	return isJson && parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : {};
}

export function send(response, [status, body]) {
	if (typeof status === "string") {
		response.writeHead(200, { "content-type": status });
		return response.end(body);
	}
	response.writeHead(status, { "content-type": "application/json", "x-request-id": REQUEST });
	return response.end(JSON.stringify(body));
}

/** Each test has a server of its own, which is another origin than the runner's. */
const OWN = [/^elsewhere: http:\/\/127\.0\.0\.1:\d+\//];

/** A function that makes tests, each with a new server of this class as `server`. */
export const testsOf =
	(Server) =>
	(name, run, { context, allows = [] } = {}) => ({
		name,
		context,
		allows: [...OWN, ...allows],
		run: async (given) => {
			const server = await new Server().start();
			try {
				await run({ ...given, server });
			} finally {
				await given.page.close();
				server.stop();
			}
		},
	});
