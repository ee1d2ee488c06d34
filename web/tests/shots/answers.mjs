// SPDX-License-Identifier: Apache-2.0
// answers.mjs: a server of the export whose API answers as was recorded, whatever the day.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeServer as makeStub } from "../../scripts/stub.mjs";
import { encode } from "./png.mjs";

const web = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HEADERS = {
	"content-type": "application/json",
	"x-request-id": "4bf92f3577b34da6a3ce929d0e0e4736",
};
export const answersPath = join(web, "shots/answers.ndjson");

function read() {
	const [head, ...rows] = readFileSync(answersPath, "utf8").trim().split("\n").map(JSON.parse);
	const exact = new Map();
	const loose = new Map();
	for (const row of rows) {
		exact.set(`${row.who} ${row.path}`, row);
		// A question that is asked in other words since: rather its old answer than none.
		loose.set(`${row.who} ${row.path.split("?")[0]}`, row);
	}
	return {
		nowS: head.now_s,
		ids: head.ids,
		find: (who, path) => exact.get(`${who} ${path}`) ?? loose.get(`${who} ${path.split("?")[0]}`),
	};
}

const SIDE = 320;
const COLOURS = [0x0a6b6b, 0xb3730f, 0x5a53a8, 0xa63c6c, 0x3b76bd];

/** What a file shows: a disc before a horizon, by its id, of so few colours that a kept picture has them all. */
function pictureOf(id) {
	const seed = Number.parseInt(id.slice(-4), 16) || 0;
	const [sky, ground, disc] = [0, 1, 2].map((n) => COLOURS[(seed + n) % COLOURS.length]);
	const [x0, y0, radius] = [90 + (seed % 140), 90 + (seed % 60), 50 + (seed % 25)];
	const rgb = Buffer.alloc(SIDE * SIDE * 3);
	for (let y = 0; y < SIDE; y++)
		for (let x = 0; x < SIDE; x++) {
			const isDisc = (x - x0) ** 2 + (y - y0) ** 2 < radius ** 2;
			rgb.writeUIntBE(y > 220 ? ground : isDisc ? disc : sky, (y * SIDE + x) * 3, 3);
		}
	return encode({ width: SIDE, height: SIDE, rgb });
}

/**
 * `state.who` is whose session answers; what was never recorded is answered by the stub. A test may answer otherwise:
 * `state.refuse(method, path)` gives {status, headers, body} instead, `state.rewrite(body)` another body.
 */
export function makeServer() {
	const { nowS, ids, find } = read();
	const { server: stub } = makeStub();
	const state = { who: "nobody", nowS, ids };
	const server = createServer((request, response) => {
		// Pages set their clock by it.
		response.sendDate = false;
		response.setHeader("date", new Date(nowS * 1000).toUTCString());
		const refusal = state.refuse?.(request.method, request.url);
		if (refusal) {
			response.writeHead(refusal.status, { ...HEADERS, ...refusal.headers });
			return response.end(JSON.stringify(refusal.body));
		}
		const [, file] = /^\/v1\/files\/([^/]+)\/content$/.exec(request.url) ?? [];
		if (file) {
			response.writeHead(200, { "content-type": "image/png" });
			return response.end(pictureOf(file));
		}
		const answer = request.method === "GET" ? find(state.who, request.url) : undefined;
		if (!answer) return stub.emit("request", request, response);
		response.writeHead(answer.status, {
			...HEADERS,
			"content-type": answer.type || "application/json",
		});
		// A stream stays open, and says nothing.
		if (answer.type === "text/event-stream") return response.flushHeaders();
		response.end(state.rewrite ? state.rewrite(answer.body) : answer.body);
	});
	return { server, state };
}
