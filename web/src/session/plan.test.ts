// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { isIncluded } from "./plan";

test("a plan that lists its services has to list images, audio and fine-tuning", () => {
	expect(isIncluded(["*"], "images:read")).toBe(true);
	expect(isIncluded(["chat", "images"], "images:write")).toBe(true);
	expect(isIncluded(["chat", "images"], "audio:write")).toBe(false);
	expect(isIncluded(["chat", "images"], "finetune:read")).toBe(false);
	expect(isIncluded(["chat", "finetune"], "finetune:read")).toBe(true);
	expect(isIncluded(["model:images"], "images:read")).toBe(false);
});

test("what has no service of its own is a matter of scopes alone", () => {
	expect(isIncluded(["chat"], "keys:write")).toBe(true);
});
