// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "@/api/errors";
import { PART_BYTES, partsOf, sendFile, type Transport } from "./upload";

const BIG = PART_BYTES * 2 + 100;

function fileOf(bytes: number, name = "a.bin") {
	const file = new File(["x"], name, { lastModified: 7 });
	Object.defineProperty(file, "size", { value: bytes });
	Object.defineProperty(file, "slice", {
		value: (start: number, end: number) => new Blob([`${start}-${end}`]),
	});
	return file;
}

/** A server that keeps what it was sent; `failing` is asked before each call. */
function serverOf(
	failing: (call: string, count: number) => ApiError | undefined = () => undefined,
) {
	const calls: string[] = [];
	const counts = new Map<string, number>();
	const parts = new Map<string, string>();
	let completed: string[] | undefined;
	let pending = true;
	const transport: Transport = async (method, url, body, { onProgress }) => {
		const call = `${method} ${url}`;
		const count = (counts.get(call) ?? 0) + 1;
		counts.set(call, count);
		calls.push(call);
		const error = failing(call, count);
		if (error) throw error;
		if (url === "/v1/uploads") return { id: "upload_1", expires_at: Date.now() / 1000 + 3600 };
		if (url.endsWith("/parts")) {
			const range = await ((body as FormData).get("data") as Blob).text();
			onProgress?.(10);
			const id = `part_${range}`;
			parts.set(id, range);
			return { id };
		}
		if (url.endsWith("/complete")) {
			completed = (JSON.parse(body as string) as { part_ids: string[] }).part_ids;
			return { file: { id: "file-1" } };
		}
		if (url.endsWith("/cancel")) {
			pending = false;
			return {};
		}
		if (method === "GET") return { status: pending ? "pending" : "cancelled" };
		return { id: "file-1" };
	};
	return { transport, calls, completed: () => completed };
}

const network = () => new ApiError("gone", { code: "network" });

function send(file: File, transport: Transport, control = new AbortController()) {
	const stalled: boolean[] = [];
	const sent: number[] = [];
	const done = sendFile(file, {
		signal: control.signal,
		transport,
		onProgress: (bytes) => sent.push(bytes),
		onStalled: (on) => stalled.push(on),
		wait: async () => undefined,
	});
	return { done, stalled, sent };
}

beforeEach(() => localStorage.clear());

test("parts cover a file without a gap", () => {
	expect(partsOf(25, 10)).toEqual([
		{ index: 0, start: 0, end: 10 },
		{ index: 1, start: 10, end: 20 },
		{ index: 2, start: 20, end: 25 },
	]);
	expect(partsOf(20, 10)).toHaveLength(2);
});

test("a small file is one request", async () => {
	const server = serverOf();
	expect(await send(fileOf(10), server.transport).done).toBe("file-1");
	expect(server.calls).toEqual(["POST /v1/files"]);
});

describe("a large file", () => {
	test("is sent in parts that are named in their order", async () => {
		const server = serverOf();
		const { done, sent } = send(fileOf(BIG), server.transport);
		expect(await done).toBe("file-1");
		expect(server.completed()).toEqual(
			partsOf(BIG).map(({ start, end }) => `part_${start}-${end}`),
		);
		expect(sent.at(-1)).toBe(BIG);
	});

	test("goes on by itself after a lost connection, and sends that part again alone", async () => {
		const server = serverOf((call, count) =>
			call.endsWith("/parts") && count === 1 ? network() : undefined,
		);
		const { done, stalled } = send(fileOf(BIG), server.transport);
		expect(await done).toBe("file-1");
		expect(stalled).toEqual([true, false]);
		expect(server.calls.filter((call) => call.endsWith("/parts"))).toHaveLength(4);
	});

	test("goes on in another visit with the parts that are missing", async () => {
		const broken = serverOf((call, count) =>
			call.endsWith("/parts") && count > 1 ? new ApiError("no", { status: 400 }) : undefined,
		);
		await expect(send(fileOf(BIG), broken.transport).done).rejects.toMatchObject({ status: 400 });
		const server = serverOf();
		expect(await send(fileOf(BIG), server.transport).done).toBe("file-1");
		expect(server.calls).not.toContain("POST /v1/uploads");
		expect(server.calls.filter((call) => call.endsWith("/parts"))).toHaveLength(2);
		expect(server.completed()).toHaveLength(3);
	});

	test("begins anew where the server has no such upload any more", async () => {
		const broken = serverOf((call, count) =>
			call.endsWith("/parts") && count > 1 ? new ApiError("no", { status: 400 }) : undefined,
		);
		await expect(send(fileOf(BIG), broken.transport).done).rejects.toBeDefined();
		const server = serverOf((call) =>
			call.startsWith("GET") ? new ApiError("none", { status: 404 }) : undefined,
		);
		expect(await send(fileOf(BIG), server.transport).done).toBe("file-1");
		expect(server.calls.filter((call) => call.endsWith("/parts"))).toHaveLength(3);
	});

	test("that is cancelled is cancelled on the server, and nothing of it is kept", async () => {
		const control = new AbortController();
		const server = serverOf((call, count) => {
			if (!call.endsWith("/parts") || count < 2) return undefined;
			control.abort();
			return new ApiError("Cancelled.", { code: "cancelled" });
		});
		await expect(send(fileOf(BIG), server.transport, control).done).rejects.toMatchObject({
			code: "cancelled",
		});
		expect(server.calls).toContain("POST /v1/uploads/upload_1/cancel");
		expect(localStorage.getItem("bulkhead.uploads")).not.toContain("upload_1");
	});
});

test("what is refused is not tried again", async () => {
	const server = serverOf(() => new ApiError("full", { status: 403 }));
	await expect(send(fileOf(10), server.transport).done).rejects.toMatchObject({ status: 403 });
	expect(server.calls).toHaveLength(1);
});

test("a network that does not come back is an error in the end", async () => {
	const server = serverOf(network);
	await expect(send(fileOf(10), server.transport).done).rejects.toMatchObject({ code: "network" });
	expect(server.calls.length).toBeGreaterThan(3);
});
