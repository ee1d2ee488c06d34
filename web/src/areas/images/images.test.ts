// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Model } from "@/api/models";
import { costOf, EMPTY, formOf, seedOf, toRequest } from "./form";
import type { Picture } from "./queries";

const model = (id: string, units: string | null) =>
	({ id, bulkhead: { price: units === null ? null : { units } } }) as Model;

test("a request goes on without the page, with partial images in its events", () => {
	expect(toRequest({ ...EMPTY, prompt: " A lighthouse ", seed: "7" })).toEqual({
		prompt: "A lighthouse",
		n: 1,
		size: "auto",
		quality: "auto",
		output_format: "png",
		background: "auto",
		partial_images: 2,
		bulkhead: { detached: true, seed: 7 },
	});
});

test("with sources it is an edit, and a mask goes with them only", () => {
	expect(
		toRequest({ ...EMPTY, prompt: "x", sources: ["file-1", "file-2"], mask: "file-3" }),
	).toMatchObject({
		images: [{ file_id: "file-1" }, { file_id: "file-2" }],
		mask: { file_id: "file-3" },
	});
	expect(toRequest({ ...EMPTY, prompt: "x", mask: "file-3" })).not.toHaveProperty("mask");
});

test("what cannot be made is not sent", () => {
	expect(toRequest(EMPTY)).toBeNull();
	expect(toRequest({ ...EMPTY, prompt: "x".repeat(32_001) })).toBeNull();
	expect(toRequest({ ...EMPTY, prompt: "x", seed: "-1" })).toBeNull();
	expect(
		toRequest({ ...EMPTY, prompt: "x", format: "jpeg", background: "transparent" }),
	).toBeNull();
	expect(seedOf("2147483648")).toBeUndefined();
	expect(seedOf(" ")).toBeNull();
});

test("settings are taken over from a picture, without a model that is gone", () => {
	const picture = {
		prompt: "A lighthouse",
		model: "gone",
		seed: 7,
		quality: "high",
		width: 512,
		height: 640,
		format: "webp",
	} as Picture;
	expect(formOf(picture, [model("here", null)])).toEqual({
		...EMPTY,
		prompt: "A lighthouse",
		size: "512x640",
		quality: "high",
		format: "webp",
		seed: "7",
	});
	expect(formOf({ ...picture, model: "here" }, [model("here", null)]).model).toBe("here");
});

test("a cost is that of its units, never rounded down", () => {
	expect(costOf(model("m", "40000"), 3)).toBe(120_000_000n);
	expect(costOf(model("m", "0.000001"), 1)).toBe(1n);
	expect(costOf(model("m", null), 3)).toBeNull();
	expect(costOf(undefined, 3)).toBeNull();
});
