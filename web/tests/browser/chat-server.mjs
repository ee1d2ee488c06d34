// SPDX-License-Identifier: Apache-2.0
// chat-server.mjs: the made-up API with chats: a test says what an answer is made of, event by event, and when a
// connection is lost. What is not of chats is answered by scripts/stub.mjs.
import { createServer } from "node:http";
import { makeServer } from "../../scripts/stub.mjs";

const now = () => Math.floor(Date.now() / 1000);
const hex = (number) => number.toString(16).padStart(32, "0");
const FILE = `file-${hex(1)}`;
const STORE = `vs_${hex(1)}`;

/** A square of 2 by 2 pixels. */
export const PICTURE =
	"iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mPgys4GIgYIBQAXCgOBY6MLowAAAABJRU5ErkJggg==";
export const SENTENCE = "Orders to Switzerland take five working days.";
const DOCUMENT = `Delivery terms\n\nStandard orders take two days. ${SENTENCE} Express orders take one.\n\nReturns are free.`;
const QUOTE = DOCUMENT.indexOf(SENTENCE);
const PASSAGE = {
	chunk_id: `chunk_${hex(1)}_1`,
	start: DOCUMENT.indexOf("Standard"),
	end: DOCUMENT.indexOf("\n\nReturns"),
	page_start: 3,
	page_end: 3,
};

export class ChatServer {
	chats = [];
	/** What comes instead of the next Response: {status, code, message, headers}. */
	refusal = undefined;
	/** The organisation is suspended: every call is refused. */
	suspended = false;
	/** Bodies of the questions that were asked. */
	asked = [];
	runs = [];
	sockets = new Set();
	/** Stores and files that were made here; how far each file is read is told by read(). */
	stores = [];
	files = [];
	/** Ids of files that were deleted. */
	deleted = [];
	/** What the next file is called: the form that brings it is not read. */
	uploading = "";
	made = 0;

	async start() {
		const { server, state } = makeServer();
		state.session.scopes.push(
			"responses:read",
			"responses:write",
			"vector_stores:read",
			"vector_stores:write",
			"usage:read",
		);
		this.server = createServer((request, response) => {
			const { pathname, searchParams } = new URL(request.url, "http://stub");
			const answer = this.route(request.method, pathname, searchParams);
			if (answer) answer(request, response);
			else server.emit("request", request, response);
		});
		await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
		this.origin = `http://127.0.0.1:${this.server.address().port}`;
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		this.server.close();
	}

	/** Ends every stream without its last event. */
	cut() {
		for (const response of this.sockets) response.destroy();
	}

	get last() {
		return this.runs.at(-1);
	}

	addChat(title) {
		const id = `chat_${hex(++this.made)}`;
		const chat = {
			id,
			object: "chat",
			title,
			settings: {},
			turns: 0,
			latest_response_id: null,
			created_at: now(),
			updated_at: now(),
		};
		this.chats.unshift(chat);
		return chat;
	}

	addRun(chat, body) {
		const id = `resp_${hex(++this.made)}`;
		const run = new Run(this, id, chat, body);
		this.runs.push(run);
		chat.title ||= body.input[0].content[0].text.slice(0, 100);
		return run;
	}

	route(method, path, query) {
		if (this.suspended && /^\/(api|v1)\//.test(path))
			return json(403, failure("tenant_suspended", "The tenant or the user is suspended."));
		const [, area, name, id, more] = path.split("/");
		if (area === "api" && name === "chats") return this.chatRoute(method, id, more, query);
		if (path === "/v1/responses" && method === "POST")
			return (request, response) => this.ask(request, response);
		if (path.startsWith("/v1/responses/"))
			return this.runRoute(path.split("/")[3], path.split("/")[4], query);
		if (path === "/v1/files") return withAny(() => [200, { id: `file-${hex(++this.made)}` }]);
		if (/^\/v1\/files\/[^/]+\/content$/.test(path))
			return (_, response) => {
				response.writeHead(200, { "content-type": "image/png" });
				response.end(Buffer.from(PICTURE, "base64"));
			};
		if (/^\/v1\/files\/[^/]+$/.test(path) && method === "DELETE") {
			this.deleted.push(id);
			return json(200, { id, object: "file", deleted: true });
		}
		if (path === "/v1/vector_stores" && method === "POST")
			return withBody((body) => [200, this.addStore(body.name)]);
		if (path === "/v1/vector_stores")
			return json(200, {
				object: "list",
				has_more: false,
				data: [
					...this.stores,
					{
						id: STORE,
						object: "vector_store",
						name: "Company documents",
						file_counts: { completed: 1 },
					},
				],
			});
		if (path === `/v1/vector_stores/${STORE}/files/${FILE}/content`)
			return json(200, {
				object: "page",
				has_more: false,
				next_page: null,
				data: [{ type: "text", text: DOCUMENT }],
			});
		if (path.startsWith("/v1/vector_stores/")) return this.storeRoute(method, path.split("/"));
		if (path === "/api/usage")
			return json(200, {
				object: "list",
				has_more: false,
				data: [{ id: "u", kind: "chat", model: "made-up", cost: "0.0021", cost_nanos: 2_100_000 }],
			});
		return undefined;
	}

	addStore(name) {
		const id = `vs_${hex(++this.made)}`;
		this.stores.unshift({ id, object: "vector_store", name, file_counts: { completed: 0 } });
		return this.stores[0];
	}

	/** How far the reading of the file is: a stage, and whatever else is known. */
	read(filename, stage, more = {}) {
		const file = this.files.find((each) => each.bulkhead.filename === filename);
		Object.assign(file.bulkhead, { stage });
		Object.assign(file, more);
	}

	storeRoute(method, [, , , store, , file, more]) {
		if (file === undefined && method === "POST")
			return withBody((body) => {
				const made = {
					id: body.file_id,
					object: "vector_store.file",
					vector_store_id: store,
					created_at: now(),
					status: "in_progress",
					last_error: null,
					attributes: {},
					usage_bytes: 0,
					bulkhead: { filename: this.uploading, stage: "queued", done: 0, total: 0 },
				};
				this.files.push(made);
				return [200, made];
			});
		const known = (file === undefined ? this.stores : this.files).find(
			(each) => each.id === (file ?? store),
		);
		if (!known) return json(404, failure("not_found", "No such object."));
		if (more === "events")
			return (_, response) => {
				response.writeHead(200, { "content-type": "text/event-stream" });
				response.end();
			};
		return json(200, known);
	}

	chatRoute(method, id, more, query) {
		if (id === undefined && method === "GET") {
			const text = (query.get("search") ?? "").toLowerCase();
			return json(200, {
				object: "list",
				has_more: false,
				data: this.chats.filter((chat) => chat.title.toLowerCase().includes(text)),
			});
		}
		if (id === undefined)
			return withBody((body) => [
				201,
				Object.assign(this.addChat(body.title ?? ""), { settings: body.settings ?? {} }),
			]);
		const chat = this.chats.find((each) => each.id === id);
		if (!chat) return json(404, failure("not_found", "No such object."));
		if (more === "turns") {
			const turns = this.runs
				.filter((run) => run.chat === chat)
				.map((run) => ({
					object: "chat.turn",
					input: run.body.input,
					response: run.response,
					request_id: "r",
				}));
			return json(200, {
				object: "list",
				has_more: false,
				data: turns.reverse(),
				first_id: "",
				last_id: "",
			});
		}
		if (method === "GET") return json(200, chat);
		if (method === "DELETE") {
			this.chats = this.chats.filter((each) => each !== chat);
			return json(200, { id, object: "chat", deleted: true });
		}
		return withBody((body) => [
			200,
			Object.assign(
				chat,
				body.title && { title: body.title },
				body.settings && { settings: body.settings },
			),
		]);
	}

	runRoute(id, more, query) {
		const run = this.runs.find((each) => each.response.id === id);
		if (!run) return json(404, failure("not_found", "No such object."));
		if (more === "cancel") {
			run.end("cancelled", "response.incomplete");
			return json(200, run.response);
		}
		if (query.get("stream") !== "true") return json(200, run.response);
		return (_, response) => run.follow(response, Number(query.get("starting_after") ?? -1));
	}

	async ask(request, response) {
		const body = JSON.parse(await text(request));
		this.asked.push(body);
		if (this.refusal) {
			const { status, code, message, headers } = this.refusal;
			this.refusal = undefined;
			json(status, failure(code, message), headers)(request, response);
			return;
		}
		this.addRun(
			this.chats.find((chat) => chat.id === body.bulkhead.chat),
			body,
		).follow(response, -1);
	}
}

class Run {
	events = [];
	listeners = new Set();

	constructor(server, id, chat, body) {
		Object.assign(this, { server, chat, body });
		const strict = body.bulkhead.grounding === "strict";
		this.response = {
			id,
			object: "response",
			created_at: now(),
			completed_at: null,
			status: "in_progress",
			error: null,
			incomplete_details: null,
			model: "made-up",
			output: [],
			previous_response_id: body.previous_response_id,
			tools: body.tools ?? [],
			...(strict && { bulkhead: { grounding: "strict", queries: 1 } }),
		};
		this.tell({ type: "response.created", response: { ...this.response } });
	}

	tell(event) {
		const numbered = { ...event, sequence_number: this.events.length };
		this.events.push(numbered);
		for (const response of this.listeners) this.send(response, numbered);
	}

	send(response, event) {
		response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
		if (/^response\.(completed|failed|incomplete)$/.test(event.type)) response.end();
	}

	follow(response, after) {
		response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": hex(7) });
		this.server.sockets.add(response);
		this.listeners.add(response);
		response.on("close", () => {
			this.listeners.delete(response);
			this.server.sockets.delete(response);
		});
		for (const event of this.events) if (event.sequence_number > after) this.send(response, event);
	}

	add(item) {
		this.response.output.push(item);
		return this.response.output.length - 1;
	}

	/** A search that found the passage. */
	find() {
		const results = [
			{
				file_id: FILE,
				filename: "delivery-terms.md",
				score: 0.71,
				text: DOCUMENT.slice(PASSAGE.start, PASSAGE.end),
				bulkhead: { ...PASSAGE, heading: "Delivery terms" },
			},
		];
		const item = {
			type: "file_search_call",
			id: `fs_${hex(1)}`,
			status: "completed",
			queries: ["delivery switzerland"],
			results,
		};
		const output_index = this.add(item);
		this.tell({
			type: "response.output_item.added",
			output_index,
			item: { ...item, results: null },
		});
		this.tell({ type: "response.output_item.done", output_index, item });
	}

	/** More text of the answer. */
	say(delta) {
		let output_index = this.response.output.findIndex((item) => item.type === "message");
		if (output_index < 0) {
			output_index = this.add({
				type: "message",
				id: `msg_${hex(1)}`,
				role: "assistant",
				status: "in_progress",
				content: [{ type: "output_text", text: "", annotations: [] }],
			});
			this.tell({
				type: "response.output_item.added",
				output_index,
				item: {
					type: "message",
					id: `msg_${hex(1)}`,
					role: "assistant",
					status: "in_progress",
					content: [],
				},
			});
		}
		this.response.output[output_index].content[0].text += delta;
		this.tell({ type: "response.output_text.delta", output_index, content_index: 0, delta });
	}

	/** What was said last stands in the passage. */
	cite() {
		const output_index = this.response.output.findIndex((item) => item.type === "message");
		const part = this.response.output[output_index].content[0];
		const annotation = {
			type: "file_citation",
			file_id: FILE,
			filename: "delivery-terms.md",
			index: Array.from(part.text).length,
			bulkhead: { ...PASSAGE, quote_start: QUOTE, quote_end: QUOTE + SENTENCE.length, score: 0.71 },
		};
		part.annotations.push(annotation);
		this.tell({
			type: "response.output_text.annotation.added",
			output_index,
			content_index: 0,
			annotation,
		});
	}

	end(status = "completed", type = `response.${status}`, more = {}) {
		const usage = {
			input_tokens: 42,
			output_tokens: 7,
			total_tokens: 49,
			input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
			output_tokens_details: { reasoning_tokens: 0 },
		};
		Object.assign(this.response, { status, completed_at: now(), usage, ...more });
		this.tell({ type, response: this.response });
	}
}

const failure = (code, message) => ({
	error: { message, type: "invalid_request_error", param: null, code },
});

function json(status, body, headers = {}) {
	return (_, response) => {
		response.writeHead(status, {
			"content-type": "application/json",
			"x-request-id": hex(7),
			...headers,
		});
		response.end(JSON.stringify(body));
	};
}

async function text(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	return Buffer.concat(parts).toString();
}

function withBody(act) {
	return async (request, response) =>
		json(...act(JSON.parse((await text(request)) || "{}")))(request, response);
}

/** Whatever was sent: a file is taken without being looked at. */
function withAny(act) {
	return async (request, response) => {
		await text(request);
		json(...act())(request, response);
	};
}
