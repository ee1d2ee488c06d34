// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Model } from "@/api/models";
import { arrange } from "./models-page";
import { snippets } from "./snippets";

const model = (id: string, kind: string, more: object = {}) =>
	({ id, bulkhead: { kind, alias_of: null, default: false, ...more } }) as Model;

const models = [
	model("zeta", "chat"),
	model("default", "chat", { alias_of: "yak", default: true }),
	model("mini", "embedding"),
	model("yak", "chat", { default: true }),
	model("alpha", "chat"),
];

test("models stand by kind, the default first, and the alias is none of them", () => {
	expect(arrange(models, "all", "").map(({ id }) => id)).toEqual(["yak", "alpha", "zeta", "mini"]);
});

test("both filters hold", () => {
	expect(arrange(models, "chat", " ALP").map(({ id }) => id)).toEqual(["alpha"]);
	expect(arrange(models, "embedding", "alp")).toEqual([]);
});

test("each kind has its own call, and a name is quoted", () => {
	for (const kind of [
		"chat",
		"embedding",
		"rerank",
		"image",
		"speech",
		"transcription",
		"moderation",
	] as const)
		for (const { code } of snippets("http://x", kind, `it's "new"`))
			expect(code).toMatch(/it('\\'')?'?s \\?"new\\?"/);
	expect(snippets("http://x", "embedding", "m")[0]?.code).toContain("/v1/embeddings");
});

test("snippets hold the address and the model, and never a key", () => {
	for (const { code } of snippets("https://ai.example", "chat", "m1")) {
		expect(code).toContain("https://ai.example/v1");
		expect(code).toContain("m1");
		expect(code).toMatch(/BULKHEAD_API_KEY/);
	}
});
