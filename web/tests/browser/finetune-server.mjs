// SPDX-License-Identifier: Apache-2.0
// finetune-server.mjs: the made-up API with fine-tuning jobs: a test says what each tells, and what becomes of it.
// What is not of them is answered by scripts/stub.mjs.
import { createServer } from "node:http";
import { makeServer } from "../../scripts/stub.mjs";
import { read, send, testsOf } from "./own-server.mjs";

const now = () => Math.floor(Date.now() / 1000);
const hex = (number) => number.toString(16).padStart(32, "0");
const failure = (code, message, param = null) => ({
	error: { message, type: "invalid_request_error", param, code },
});
const missing = [404, failure("not_found", "No such fine-tuning job.")];
const list = (data) => ({
	object: "list",
	data,
	has_more: false,
	first_id: data[0]?.id ?? "",
	last_id: data.at(-1)?.id ?? "",
});
const shown = ({ events, listeners, checkpoints, ...job }) => job;

const model = (id, more = {}) => ({
	id,
	object: "model",
	created: 0,
	owned_by: "bulkhead",
	bulkhead: {
		kind: "chat",
		managed: true,
		default: false,
		alias_of: null,
		base: null,
		adapter: null,
		context: 4096,
		max_output: 0,
		dimensions: 0,
		vision: false,
		price: null,
		...more,
	},
});

export class FinetuneServer {
	jobs = [];
	files = [];
	models = [model("made-up-chat", { default: true }), model("elsewhere", { managed: false })];
	/** Bodies of what was asked for, by path. */
	asked = [];
	/** What a request for a job is answered with instead. */
	refusal = null;
	made = 0;

	async start() {
		const { server, state } = makeServer();
		this.session = state.session;
		state.session.entitlements = ["*"];
		const more = ["finetune:read", "finetune:write", "models:write", "billing:read"];
		state.session.scopes.push(...more, "responses:read", "responses:write");
		this.server = createServer(async (request, response) => {
			const url = new URL(request.url, "http://stub");
			const known = /^\/v1\/(fine_tuning|files|models|responses)|^\/api\/(billing|chats)$/;
			if (!known.test(url.pathname)) return server.emit("request", request, response);
			const answer = this.route(request.method, url, await read(request), response);
			if (answer) send(response, answer);
		});
		await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
		this.origin = `http://127.0.0.1:${this.server.address().port}`;
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		this.server.close();
	}

	/** An answer as [status, body]; undefined: the response is under way. */
	route(method, { pathname, searchParams }, body, response) {
		const [, , area, id, more] = pathname.split("/");
		if (method !== "GET") this.asked.push({ method, path: pathname, body });
		if (pathname === "/api/billing") return [200, { currency: "eur", credit: "0" }];
		if (pathname === "/api/chats") return [200, list([])];
		if (area === "files") return this.file(method, more);
		if (area === "models") return this.model(method, decodeURIComponent(id ?? ""));
		const [, , , , job, act] = pathname.split("/");
		if (job !== undefined) return this.job(method, job, act, searchParams, response);
		if (method === "GET") return [200, list(this.jobs.map(shown))];
		return this.refusal ?? [200, shown(this.addJob(body))];
	}

	file(method, more) {
		if (more === "content") return ["application/octet-stream", Buffer.from("GGUF")];
		if (method === "POST") return [200, this.addFile("sent.jsonl", 3000)];
		return [200, list(this.files)];
	}

	addFile(filename, bytes) {
		const file = {
			id: `file-${hex(++this.made)}`,
			object: "file",
			filename,
			bytes,
			purpose: "fine-tune",
			status: "processed",
			created_at: now(),
		};
		this.files.unshift(file);
		return file;
	}

	model(method, id) {
		if (method === "DELETE") {
			this.models = this.models.filter((each) => each.id !== id);
			return [200, { id, object: "model", deleted: true, bulkhead: {} }];
		}
		return [200, list(this.models)];
	}

	addJob(asked = {}) {
		const number = ++this.made;
		const job = {
			id: `ftjob-${hex(number)}`,
			object: "fine_tuning.job",
			created_at: now(),
			error: null,
			fine_tuned_model: null,
			finished_at: null,
			estimated_finish: null,
			hyperparameters: {},
			method: { type: "supervised", supervised: { hyperparameters: { n_epochs: "auto" } } },
			model: "made-up-chat",
			organization_id: "org-1",
			result_files: [],
			seed: 7,
			status: "validating_files",
			trained_tokens: null,
			training_file: `file-${hex(1)}`,
			validation_file: null,
			metadata: {},
			...asked,
			bulkhead: {
				stage: "validate",
				paused: false,
				queue_position: 0,
				steps_done: 0,
				steps: 0,
				trained_tokens: 0,
				reserved_tokens: 3003,
				cost_at_most: "0.3",
				cost: "0",
				engine: null,
				data: null,
				evaluation: null,
				published: false,
			},
			events: [],
			checkpoints: [],
			listeners: new Set(),
		};
		this.jobs.unshift(job);
		this.tell(job, "message", {}, "The job was created; its files are validated.");
		return job;
	}

	job(method, id, act, search, response) {
		const job = this.jobs.find((each) => each.id === id);
		if (!job) return missing;
		if (act === "events") return this.events(job, search, response);
		if (act === "checkpoints") return [200, list(job.checkpoints)];
		if (method === "POST" && act === "cancel") this.end(job, "cancelled");
		else if (method === "POST") job.bulkhead.paused = act === "pause";
		return [200, shown(job)];
	}

	/** As the service: no mark at the end, the answer is over with the job. */
	events(job, search, response) {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.flushHeaders();
		const after = Number(search.get("starting_after"));
		for (const [number, event] of job.events.entries()) if (number > after) response.write(event);
		if (job.finished_at !== null) return void response.end();
		job.listeners.add(response);
		response.on("close", () => job.listeners.delete(response));
	}

	tell(job, type, data, message = "said", level = "info") {
		const number = job.events.length;
		const event = {
			id: `ftevent-${hex(++this.made)}`,
			object: "fine_tuning.job.event",
			created_at: now(),
			level,
			message,
			type,
			data,
			sequence_number: number,
		};
		const text = `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
		job.events.push(text);
		for (const listener of job.listeners) listener.write(text);
	}

	/** Its files were read, and something was found. */
	check(job, errors, warnings) {
		job.bulkhead.data = {
			training: { examples: 40, errors, warnings },
			estimated_tokens: 2400,
			estimated_seconds: 90,
			estimated_cost: "0.24",
		};
		job.status = "queued";
		job.bulkhead.queue_position = 1;
	}

	step(job, step, steps, loss) {
		job.status = "running";
		Object.assign(job.bulkhead, { stage: "train", queue_position: 0, steps_done: step, steps });
		this.tell(job, "metrics", { step, train_loss: loss, learning_rate: 0.0002 / step });
	}

	checkpoint(job, step, loss) {
		this.tell(job, "metrics", { of: "adapter", step, full_valid_loss: loss });
		job.checkpoints.unshift({
			id: `ftckpt_${hex(++this.made)}`,
			object: "fine_tuning.job.checkpoint",
			created_at: now(),
			fine_tuned_model_checkpoint: `ft:made-up-chat:northwind::${step}`,
			fine_tuning_job_id: job.id,
			step_number: step,
			metrics: { step, train_loss: loss, full_valid_loss: loss },
			bulkhead: { sha256: "00", bytes: 1000 },
		});
	}

	end(job, status, more = {}) {
		job.status = status;
		job.finished_at = now();
		Object.assign(job, more);
		this.tell(job, "message", {}, `The job has ${status}.`);
		for (const listener of job.listeners) listener.end();
	}

	/** It has a result, which is served unless it is worse. */
	succeed(job, worse = false) {
		const name = `ft:made-up-chat:northwind:tickets:${job.id.slice(-4)}`;
		job.bulkhead.evaluation = {
			base: { valid_loss: 3.25, token_accuracy: 0.4 },
			result: { step: 2, valid_loss: worse ? 3.5 : 1.75, token_accuracy: 0.7 },
			worse,
			best_step: 2,
			samples: [{ index: 4, base: "I do not know.", result: "Berth four opens at six." }],
		};
		job.bulkhead.published = !worse;
		job.bulkhead.cost = "0.24";
		if (!worse) this.models.push(model(name, { base: "made-up-chat", adapter: "ready" }));
		this.end(job, "succeeded", { fine_tuned_model: name, result_files: [`file-${hex(9)}`] });
	}
}

export const finetuneTest = testsOf(FinetuneServer);
