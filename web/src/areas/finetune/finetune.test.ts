// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import type { Model } from "@/api/models";
import {
	checkedOf,
	courseOf,
	csvOf,
	evaluationOf,
	findingsOf,
	pointsOf,
	smooth,
	valuesAt,
} from "./curve";
import { basesOf, EMPTY, factorOf, seedOf, setAside, toRequest, wholeOf } from "./form";
import type { JobEvent } from "./queries";

const event = (number: number, type: string, data: unknown, level = "info") =>
	({ sequence_number: number, type, data, level, message: `event ${number}` }) as JobEvent;

const EVENTS = [
	event(0, "message", {}),
	event(
		1,
		"message",
		{ file: "training", line: 7, field: "messages[1].role", message: "unknown" },
		"error",
	),
	event(2, "metrics", { of: "base", step: 0, full_valid_loss: 3 }),
	event(3, "metrics", { step: 2, train_loss: 2, learning_rate: 0.0002 }),
	event(4, "metrics", { step: 1, train_loss: 4, learning_rate: 0.0001 }),
	event(5, "metrics", { of: "adapter", step: 2, full_valid_loss: 2.5 }),
	event(6, "metrics", { step: "many", train_loss: 1 }),
];

test("figures of a step are one point, whatever their order", () => {
	const points = pointsOf(EVENTS);
	expect(points).toEqual([
		{ step: 0, train: null, valid: 3, rate: null },
		{ step: 1, train: 4, valid: null, rate: 0.0001 },
		{ step: 2, train: 2, valid: 2.5, rate: 0.0002 },
	]);
	expect(valuesAt(points, [0, 1, 2, 3], "train")).toEqual([null, 4, 2, null]);
	expect(csvOf(points)).toBe(
		"step,train_loss,full_valid_loss,learning_rate\r\n0,,3,\r\n1,4,,0.0001\r\n2,2,2.5,0.0002\r\n",
	);
});

test("findings are apart from the course of a job", () => {
	expect(findingsOf(EVENTS)).toEqual([
		{
			number: 1,
			level: "error",
			file: "training",
			line: 7,
			field: "messages[1].role",
			message: "unknown",
		},
	]);
	expect(courseOf(EVENTS).map((each) => each.sequence_number)).toEqual([0]);
});

test("a smoothed curve begins where the curve does, and has its gaps", () => {
	expect(smooth([4, null, 2], 0)).toEqual([4, null, 2]);
	const [first, gap, last] = smooth([4, null, 2], 0.5);
	expect(first).toBe(4);
	expect(gap).toBeNull();
	expect(last).toBeCloseTo(8 / 3);
});

test("what cannot be trained is not sent", () => {
	const form = { ...EMPTY, model: "base", training: "file-1" };
	expect(toRequest(form)).toMatchObject({
		model: "base",
		training_file: "file-1",
		method: { type: "supervised", supervised: { hyperparameters: { n_epochs: "auto" } } },
	});
	expect(toRequest(form)).not.toHaveProperty("validation_file");
	expect(toRequest({ ...form, method: "dpo", beta: "0,2" })).toMatchObject({
		method: { type: "dpo", dpo: { hyperparameters: { beta: 0.2 } } },
	});
	for (const wrong of [
		{ training: "" },
		{ model: "" },
		{ epochs: "0" },
		{ rate: "-1" },
		{ seed: "x" },
	])
		expect(toRequest({ ...form, ...wrong })).toBeNull();
	expect([wholeOf("7"), wholeOf(""), wholeOf("1.5")]).toEqual([7, null, undefined]);
	expect([seedOf("0"), seedOf("2147483648")]).toEqual([0, undefined]);
	expect([factorOf(".5"), factorOf("0"), factorOf("1e3")]).toEqual([0.5, undefined, undefined]);
});

test("as many tokens are set aside as the API sets aside", () => {
	expect(setAside(3000, EMPTY)).toBe(3003);
	expect(setAside(3000, { epochs: "1" })).toBe(1001);
});

test("adapters and models of others are no bases", () => {
	const model = (id: string, managed: boolean, base: string | null) =>
		({ id, bulkhead: { managed, base } }) as Model;
	const all = [
		model("here", true, null),
		model("there", false, null),
		model("ft:here", true, "here"),
	];
	expect(basesOf(all).map(({ id }) => id)).toEqual(["here"]);
});

test("what a job says of itself is read with care", () => {
	expect(evaluationOf(null)).toBeNull();
	expect(evaluationOf({ base: { valid_loss: 3 }, worse: true, samples: [{ base: "a" }] })).toEqual({
		base: { valid_loss: 3, token_accuracy: 0 },
		result: null,
		worse: true,
		bestStep: null,
		samples: [{ index: 0, base: "a", result: "" }],
	});
	expect(
		checkedOf({
			training: { examples: 9, errors: 2 },
			validation: { errors: 1 },
			estimated_tokens: 0,
		}),
	).toMatchObject({ examples: 9, errors: 3, tokens: null });
});
