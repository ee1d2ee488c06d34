// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { toAttributes } from "./attributes-dialog";
import { readChosen } from "./dropped";
import type { FileEvent, Store, StoreFile } from "./queries";
import { progressOf, storeState } from "./states";

const file = (stage: string, done: number, total: number) =>
	({ bulkhead: { stage, done, total } }) as StoreFile;

test("a row tells how many of how many, once that is known", () => {
	expect(progressOf(file("embedding", 3, 12))).toEqual({
		stage: "embedding",
		counted: { unit: "chunks", done: 3, total: 12 },
		over: 2,
		remainingS: null,
	});
	expect(progressOf(file("extracting", 0, 0)).counted).toBeNull();
	expect(progressOf(file("queued", 0, 0)).over).toBe(0);
});

test("an event knows more than the row, and a stage that nobody knows is waiting", () => {
	const event = {
		type: "vector_store.file.in_progress",
		sequence_number: 4,
		stage: "extracting",
		pages: { done: 2, total: 9 },
		remaining_s: 12,
	} as FileEvent;
	expect(progressOf(file("queued", 0, 0), event)).toEqual({
		stage: "extracting",
		counted: { unit: "pages", done: 2, total: 9 },
		over: 0,
		remainingS: 12,
	});
	expect(progressOf(file("dreaming", 1, 2)).stage).toBe("queued");
});

test("a store's state is what is the most urgent of it", () => {
	const store = (counts: object, more: object = {}) =>
		({
			status: "completed",
			file_counts: { in_progress: 0, failed: 0, total: 0, ...counts },
			bulkhead: { import: null },
			...more,
		}) as Store;
	expect(storeState(store({}))).toBe("empty");
	expect(storeState(store({ total: 3 }))).toBe("ready");
	expect(storeState(store({ total: 3, failed: 1 }))).toBe("failed");
	expect(storeState(store({ total: 3, failed: 1, in_progress: 1 }))).toBe("working");
	expect(storeState(store({ total: 3, failed: 1 }, { status: "expired" }))).toBe("expired");
	expect(storeState(store({}, { bulkhead: { import: { status: "failed" } } }))).toBe(
		"importFailed",
	);
});

test("attributes keep their types, and no key is there twice", () => {
	expect(
		toAttributes([
			{ key: " year ", value: "2024" },
			{ key: "", value: "lost" },
			{ key: "code", value: '"007"' },
		]),
	).toEqual({ year: 2024, code: "007" });
	expect(
		toAttributes([
			{ key: "a", value: "1" },
			{ key: "a ", value: "2" },
		]),
	).toBeNull();
});

test("a chosen folder's files know where they lay; what systems leave there is left", () => {
	const of = (path: string) => {
		const made = new File(["x"], path.split("/").at(-1) ?? "");
		Object.defineProperty(made, "webkitRelativePath", { value: path.includes("/") ? path : "" });
		return made;
	};
	expect(
		readChosen([of("laws/de/a.txt"), of("laws/.DS_Store"), of("b.txt")]).map(
			({ folder }) => folder,
		),
	).toEqual(["laws/de", ""]);
});
