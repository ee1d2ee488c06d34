// SPDX-License-Identifier: Apache-2.0
// dev.mjs: the development server, with the stub's API in front of it. usage: npm run dev [PORT]
import { spawn } from "node:child_process";
import { request as ask, createServer } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { answerApi } from "./stub.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const port = Number(process.argv[2] ?? 4100);
const inner = port + 1;

const next = spawn(
	process.execPath,
	[
		join(root, "node_modules/next/dist/bin/next"),
		"dev",
		"--hostname",
		"127.0.0.1",
		"--port",
		String(inner),
	],
	{
		cwd: root,
		stdio: "inherit",
		env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
	},
);
process.on("exit", () => next.kill());

const api = answerApi();
const server = createServer((incoming, response) => {
	if (/^\/(api|v1)\//.test(incoming.url)) return api(incoming, response);
	const outgoing = ask(
		{
			host: "127.0.0.1",
			port: inner,
			path: incoming.url,
			method: incoming.method,
			headers: incoming.headers,
		},
		(answer) => {
			response.writeHead(answer.statusCode, answer.headers);
			answer.pipe(response);
		},
	);
	outgoing.on("error", () =>
		response.writeHead(502).end("The development server is not ready yet."),
	);
	incoming.pipe(outgoing);
});
// Pages of a development build begin only when their socket is open.
server.on("upgrade", (incoming, socket, head) => {
	const lines = incoming.rawHeaders.flatMap((text, at, all) =>
		at % 2 === 0 ? [`${text}: ${all[at + 1]}`] : [],
	);
	const tunnel = connect(inner, "127.0.0.1", () => {
		tunnel.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
		tunnel.write(head);
		tunnel.pipe(socket).pipe(tunnel);
	});
	tunnel.on("error", () => socket.destroy());
	socket.on("error", () => tunnel.destroy());
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}, /design/`));
