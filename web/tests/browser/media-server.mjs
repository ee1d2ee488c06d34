// SPDX-License-Identifier: Apache-2.0
// media-server.mjs: the made-up API with pictures and recordings: a test says how far a picture is, and what is heard.
// What is not of them is answered by scripts/stub.mjs.
import { createServer } from "node:http";
import { makeServer } from "../../scripts/stub.mjs";
import { PICTURE } from "./chat-server.mjs";
import { read, send, testsOf } from "./own-server.mjs";

const now = () => Math.floor(Date.now() / 1000);
const hex = (number) => number.toString(16).padStart(32, "0");
const failure = (code, message) => ({
	error: { message, type: "invalid_request_error", param: null, code },
});
const missing = [404, failure("not_found", "No such object.")];

/** A second of silence, 8 kHz, as WAV. */
export function silence() {
	const wave = Buffer.alloc(44 + 16_000);
	wave.write("RIFF");
	wave.writeUInt32LE(36 + 16_000, 4);
	wave.write("WAVEfmt ", 8);
	wave.writeUInt32LE(16, 16);
	wave.writeUInt16LE(1, 20);
	wave.writeUInt16LE(1, 22);
	wave.writeUInt32LE(8000, 24);
	wave.writeUInt32LE(16_000, 28);
	wave.writeUInt16LE(2, 32);
	wave.writeUInt16LE(16, 34);
	wave.write("data", 36);
	wave.writeUInt32LE(16_000, 40);
	return wave;
}

export class MediaServer {
	pictures = [];
	jobs = [];
	/** Bodies of what was asked for, by path. */
	asked = [];
	/** Kinds of models that there are, besides those of the stub. */
	kinds = ["image", "transcription", "speech"];
	made = 0;

	async start() {
		const { server, state } = makeServer();
		this.session = state.session;
		state.session.entitlements = ["*"];
		state.session.scopes.push("images:read", "images:write", "audio:write", "billing:read");
		this.server = createServer(async (request, response) => {
			const { pathname } = new URL(request.url, "http://stub");
			const known = /^\/v1\/(images|audio|files|models)|^\/api\/billing$/.test(pathname);
			if (!known) return server.emit("request", request, response);
			const body = await read(request);
			const answer = this.route(request.method, pathname, body, response);
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
	route(method, path, body, response) {
		if (method === "POST") this.asked.push({ path, body });
		const [, , area, id, more] = path.split("/");
		if (path === "/api/billing") return [200, { currency: "eur", credit: "0" }];
		if (area === "models" && id !== undefined)
			return [200, this.models().find((each) => each.id === id)];
		if (area === "models") return [200, { object: "list", has_more: false, data: this.models() }];
		if (area === "files") return this.file(method, id, more);
		if (area === "audio") return this.audio(id);
		if (id === "generations" || id === "edits") return [200, this.addJob(body)];
		if (id === "search") return [200, list(this.search(body))];
		if (id === "analyses") return [200, this.analyse(body)];
		if (id === "jobs") return this.job(method, path.split("/")[4], path.split("/")[5], response);
		if (id === undefined) return [200, list(this.pictures)];
		const found = this.pictures.find((each) => each.id === id);
		if (!found) return missing;
		if (method === "POST") found.alt = body.alt;
		if (method === "DELETE") {
			this.pictures = this.pictures.filter((each) => each !== found);
			return [200, { id, object: "image", deleted: true }];
		}
		return [200, found];
	}

	models() {
		return this.kinds.map((kind) => ({
			id: `made-up-${kind}`,
			object: "model",
			created: 0,
			owned_by: "bulkhead",
			bulkhead: {
				kind,
				managed: true,
				default: true,
				alias_of: null,
				context: 0,
				max_output: 0,
				dimensions: 0,
				vision: false,
				price: { input: "0", cached_input: "0", output: "0", units: "40000" },
			},
		}));
	}

	file(method, _, more) {
		if (more === "content") return ["image/png", Buffer.from(PICTURE, "base64")];
		return method === "POST" ? [200, { id: `file-${hex(++this.made)}` }] : missing;
	}

	addPicture(prompt, more = {}) {
		const number = ++this.made;
		const picture = {
			id: `img_${hex(number)}`,
			object: "image",
			created_at: now(),
			file_id: `file-${hex(number)}`,
			width: 512,
			height: 512,
			format: "png",
			bytes: 48_000,
			source: "generated",
			prompt,
			model: "made-up-image",
			seed: 7,
			quality: "low",
			alt: null,
			expires_at: null,
			...more,
		};
		this.pictures.unshift(picture);
		return picture;
	}

	search({ query, file_id }) {
		const found = this.pictures.filter(({ prompt, alt, file_id: own }) =>
			query ? `${prompt} ${alt}`.toLowerCase().includes(query.toLowerCase()) : own === file_id,
		);
		return found.map((each) => ({ ...each, ...(query ? { score: 1 } : { distance: 0 }) }));
	}

	addJob({ prompt, n, images }) {
		const job = {
			id: `imgjob_${hex(++this.made)}`,
			object: "image.job",
			kind: images ? "edit" : "generation",
			status: "in_progress",
			created_at: now(),
			completed_at: null,
			queue_position: 0,
			n,
			done: 0,
			model: "made-up-image",
			test_backend: false,
			prompt,
			removed: [],
			size: "512x512",
			quality: "low",
			background: "opaque",
			output_format: "png",
			seed: 7,
			images: [],
			error: null,
		};
		this.jobs.unshift(job);
		job.events = [];
		job.listeners = new Set();
		return shown(job);
	}

	job(method, id, more, response) {
		if (id === undefined) return [200, list(this.jobs.map(shown))];
		const job = this.jobs.find((each) => each.id === id);
		if (!job) return missing;
		if (more === "events") {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.flushHeaders();
			job.listeners.add(response);
			response.on("close", () => job.listeners.delete(response));
			for (const event of job.events) response.write(event);
			return undefined;
		}
		if (method === "POST") {
			job.status = "cancelled";
			this.tell(job, null, { error: failure("invalid_state", "The job was cancelled.").error });
		}
		return [200, shown(job)];
	}

	tell(job, type, data) {
		const event = `${type ? `event: ${type}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
		job.events.push(event);
		for (const listener of job.listeners) listener.write(event);
	}

	/** A draft of the picture that is under way. */
	draft(job) {
		this.tell(job, "image_generation.partial_image", this.event(job, { partial_image_index: 0 }));
	}

	/** The picture that is under way is complete; the last one ends the job. */
	complete(job) {
		this.tell(job, "image_generation.completed", this.event(job, {}));
		this.addPicture(job.prompt);
		job.done++;
		if (job.done === job.n) job.status = "completed";
	}

	event(job, more) {
		return {
			sequence_number: job.events.length,
			created_at: now(),
			b64_json: PICTURE,
			output_format: "png",
			...more,
			bulkhead: { job: job.id, file_id: `file-${hex(1)}`, index: job.done, test_backend: false },
		};
	}

	analyse({ image }) {
		const box = { x: 40, y: 60, width: 120, height: 30 };
		const kept = image ? undefined : this.addPicture(null, { source: "analysed", model: null });
		return {
			object: "image.analysis",
			id: kept?.id ?? null,
			file_id: kept?.file_id ?? null,
			format: "png",
			bytes: 48_000,
			width: 512,
			height: 512,
			sha256: "00",
			header: {
				media_type: "image/png",
				colour: "rgb",
				bits: 8,
				alpha: false,
				profile: false,
				frames: 1,
				orientation: 1,
			},
			alt: null,
			exif: {
				taken: "2026-05-01T12:30:00",
				camera: "Made-up 1",
				lens: null,
				exposure: "1/250",
				aperture: 2.8,
				iso: 200,
				focal_length: null,
			},
			colours: [{ rgb: "0a6b6b", share: 0.8 }],
			hashes: [],
			near: [],
			sharpness: 0.31,
			codes: [{ kind: "QR", text: "https://example.com/berth", box }],
			text: "Berth four",
			text_confidence: 93,
			text_turned: 0,
			text_complete: true,
			words: [
				{ text: "Berth", confidence: 95, box, line: 0, block: 0 },
				{ text: "four", confidence: 91, box: { ...box, x: 180 }, line: 0, block: 0 },
			],
			layout: [],
			bulkhead: { absent: ["labels", "faces"], stored: kept !== undefined },
		};
	}

	audio(what) {
		if (what === "speech") return ["audio/wav", silence()];
		return [
			200,
			{
				text: "The harbour opens. At six.",
				language: "en",
				duration: 1,
				segments: [
					{ id: 0, start: 0, end: 0.5, text: " The harbour opens." },
					{ id: 1, start: 0.5, end: 1, text: " At six." },
				],
				words: [
					{ word: "The", start: 0, end: 0.1 },
					{ word: "harbour", start: 0.1, end: 0.3 },
					{ word: "opens.", start: 0.3, end: 0.5 },
					{ word: "At", start: 0.5, end: 0.6 },
					{ word: "six.", start: 0.6, end: 1 },
				],
				usage: { type: "duration", seconds: 1 },
			},
		];
	}
}

const shown = ({ events, listeners, ...job }) => job;
const list = (data) => ({
	object: "list",
	data,
	has_more: false,
	first_id: data[0]?.id ?? "",
	last_id: data.at(-1)?.id ?? "",
});

export const mediaTest = testsOf(MediaServer);
