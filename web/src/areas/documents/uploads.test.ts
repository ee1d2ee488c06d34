// SPDX-License-Identifier: Apache-2.0
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { STORE_BYTES_MOST } from "./upload";
import { UploadQueue } from "./uploads";

const drop = (name: string, folder = "", bytes?: number) => {
	const file = new File(["text"], name);
	if (bytes !== undefined) Object.defineProperty(file, "size", { value: bytes });
	return { file, folder };
};

const added = { id: "file-1", vector_store_id: "vs_1" } as never;

const idle = (queue: UploadQueue) => vi.waitFor(() => expect(queue.isBusy()).toBe(false));

test("each file is sent and becomes one of its store's, with the folder it lay in", async () => {
	const attached: string[][] = [];
	const queue = new UploadQueue(
		async (file) => `file-${file.name}`,
		async (...named) => {
			attached.push(named);
			return added;
		},
	);
	queue.add("vs_1", [drop("a.txt"), drop("b.txt", "laws/de"), drop("c.txt")]);
	await idle(queue);
	expect(attached).toEqual([
		["vs_1", "file-a.txt", ""],
		["vs_1", "file-b.txt", "laws/de"],
		["vs_1", "file-c.txt", ""],
	]);
	expect(queue.sum("vs_1")).toMatchObject({ done: 3, active: 0, failed: 0 });
});

test("what cannot be taken is refused before it is sent", async () => {
	const send = vi.fn(async () => "file-1");
	const queue = new UploadQueue(send, async () => added);
	queue.add("vs_1", [drop("none", "", 0), drop("huge", "", STORE_BYTES_MOST + 1)]);
	await idle(queue);
	expect(send).not.toHaveBeenCalled();
	expect(queue.sum("vs_1").items.map((item) => item.error)).toEqual(["empty", "tooLarge"]);
});

test("one that fails stops no other and can be tried again", async () => {
	let broken = true;
	const queue = new UploadQueue(
		async (file) => {
			if (file.name === "b.txt" && broken) throw new ApiError("full", { status: 403 });
			return file.name;
		},
		async () => added,
	);
	queue.add("vs_1", [drop("a.txt"), drop("b.txt"), drop("c.txt")]);
	await idle(queue);
	const failed = queue.sum("vs_1").items.find((item) => item.state === "failed");
	expect(failed?.file.name).toBe("b.txt");
	broken = false;
	queue.retry(failed?.id ?? 0);
	await idle(queue);
	expect(queue.sum("vs_1")).toMatchObject({ done: 3, failed: 0 });
});

test("a cancelled one is not added, also if it had been sent meanwhile", async () => {
	const attach = vi.fn(async () => added);
	let sent: (id: string) => void = () => undefined;
	const queue = new UploadQueue(
		() =>
			new Promise((resolve) => {
				sent = resolve;
			}),
		attach,
	);
	queue.add("vs_1", [drop("a.txt")]);
	queue.cancelAll("vs_1");
	sent("file-1");
	await idle(queue);
	expect(attach).not.toHaveBeenCalled();
	expect(queue.sum("vs_1").items[0]?.state).toBe("cancelled");
});

test("a store sees its own files only", async () => {
	const queue = new UploadQueue(
		async () => "file-1",
		async () => added,
	);
	queue.add("vs_1", [drop("a.txt")]);
	expect(queue.sum("vs_2").items).toEqual([]);
	await idle(queue);
	queue.clear("vs_1");
	expect(queue.sum("vs_1").items).toEqual([]);
});

test("a chat sees what was dropped in it, also what was dropped before there was one", async () => {
	const queue = new UploadQueue(
		async () => "file-1",
		async () => added,
	);
	queue.add("vs_1", [drop("elsewhere.txt")]);
	queue.add("vs_1", [drop("a.txt")], "chat_2");
	queue.add("vs_1", [drop("b.txt")], "");
	queue.moveToChat("chat_1");
	await idle(queue);
	expect(queue.inChat("")).toEqual([]);
	const [item, ...more] = queue.inChat("chat_1");
	expect(more).toEqual([]);
	expect(item).toMatchObject({ state: "done", attached: added });
	expect(item?.file.name).toBe("b.txt");
	queue.add("vs_1", [drop("c.txt")], "");
	queue.leaveNewChat();
	await idle(queue);
	expect(queue.inChat("")).toEqual([]);
	expect(queue.inChat("chat_1")).toHaveLength(1);
	queue.forget(item?.id ?? 0);
	expect(queue.inChat("chat_1")).toEqual([]);
	expect(queue.sum("vs_1").items).toHaveLength(3);
});
