// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { type Model, ofKind, sampleOf } from "./models";

const model = (id: string, kind: string, more: object = {}) =>
	({ id, bulkhead: { kind, alias_of: null, default: false, ...more } }) as Model;

const models = [
	model("default", "chat", { alias_of: "yak", default: true }),
	model("plain", "embedding", { default: true }),
	model("embed-in-its-name", "chat"),
	model("yak", "chat", { default: true }),
];

test("a model's kind is what the API says, whatever its name", () => {
	expect(ofKind(models, "chat").map(({ id }) => id)).toEqual(["embed-in-its-name", "yak"]);
	expect(ofKind(models, "rerank")).toEqual([]);
});

test("examples use the default chat model, else the first, and a word where there is none", () => {
	expect(sampleOf(models)).toBe("yak");
	expect(sampleOf(models.slice(0, 3))).toBe("embed-in-its-name");
	expect(sampleOf(models.slice(0, 2))).toBe("MODEL");
});
