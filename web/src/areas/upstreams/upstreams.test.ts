// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { type ModelForm, toAdd } from "./add-dialog";

const form = (more: Partial<ModelForm>): ModelForm => ({
	name: "m",
	url: "https://api.example.com/v1",
	upstreamModel: "",
	kind: "chat",
	key: "",
	priceIn: "",
	priceOut: "",
	vision: false,
	probe: true,
	...more,
});

test("an image model is added without asking it, with the price of its images alone", () => {
	expect(toAdd(form({ kind: "image", priceIn: "nonsense", priceOut: "40000" }))).toEqual({
		name: "m",
		url: "https://api.example.com/v1",
		kind: "image",
		probe: false,
		price_out: "40000",
	});
});

test("only models that can take images are said to", () => {
	expect(toAdd(form({ vision: true }))?.vision).toBe(true);
	expect(toAdd(form({ kind: "moderation", vision: true }))?.vision).toBe(true);
	expect(toAdd(form({ kind: "speech", vision: true }))?.vision).toBeUndefined();
});

test("what is no number or no address is not sent", () => {
	expect(toAdd(form({ priceIn: "nonsense" }))).toBeNull();
	expect(toAdd(form({ url: "ftp://x" }))).toBeNull();
});
