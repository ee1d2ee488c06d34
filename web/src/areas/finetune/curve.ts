// SPDX-License-Identifier: Apache-2.0
// What the events of a job say: its curve by step, and what is wrong with its files.
import type { JobEvent } from "./queries";

export interface Point {
	step: number;
	train: number | null;
	valid: number | null;
	rate: number | null;
}

export interface Finding {
	number: number;
	level: string;
	file: string;
	line: number;
	field: string;
	message: string;
}

const objectOf = (value: unknown) =>
	(typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;

const numberOf = (value: unknown) =>
	typeof value === "number" && Number.isFinite(value) ? value : null;

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** By ascending step; step 0 is the base model on the part held out. */
export function pointsOf(events: readonly JobEvent[]): Point[] {
	const points = new Map<number, Point>();
	for (const event of events) {
		const said = objectOf(event.data);
		const step = numberOf(said.step);
		if (event.type !== "metrics" || step === null) continue;
		const before = points.get(step);
		points.set(step, {
			step,
			train: numberOf(said.train_loss) ?? before?.train ?? null,
			valid: numberOf(said.full_valid_loss) ?? before?.valid ?? null,
			rate: numberOf(said.learning_rate) ?? before?.rate ?? null,
		});
	}
	return [...points.values()].sort((one, other) => one.step - other.step);
}

/** Events that name a file are findings; line 0 means the whole file. */
export function findingsOf(events: readonly JobEvent[]): Finding[] {
	return events.flatMap((event) => {
		const said = objectOf(event.data);
		if (event.type !== "message" || typeof said.file !== "string") return [];
		return [
			{
				number: event.sequence_number,
				level: event.level,
				file: said.file,
				line: numberOf(said.line) ?? 0,
				field: textOf(said.field),
				message: textOf(said.message),
			},
		];
	});
}

/** What is neither a figure nor a finding: the course of the job, the newest first. */
export function courseOf(events: readonly JobEvent[]): JobEvent[] {
	return events
		.filter((event) => event.type === "message" && typeof objectOf(event.data).file !== "string")
		.reverse();
}

/** A mean whose weight falls with the distance, without the pull of its start; what is absent stays absent. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
	let sum = 0;
	let share = 0;
	return values.map((value) => {
		if (value === null) return null;
		sum = sum * weight + value * (1 - weight);
		share = share * weight + (1 - weight);
		return sum / share;
	});
}

/** All points as they were told, whatever is shown of them. */
export function csvOf(points: readonly Point[]): string {
	const rows = points.map(({ step, train, valid, rate }) =>
		[step, train, valid, rate].map((value) => value ?? "").join(","),
	);
	return `step,train_loss,full_valid_loss,learning_rate\r\n${rows.map((row) => `${row}\r\n`).join("")}`;
}

/** The values of points at each of `steps`. */
export function valuesAt(
	points: readonly Point[],
	steps: readonly number[],
	what: "train" | "valid" | "rate",
): (number | null)[] {
	const known = new Map(points.map((point) => [point.step, point[what]]));
	return steps.map((step) => known.get(step) ?? null);
}

interface Measured {
	valid_loss: number;
	token_accuracy: number;
}

export interface Evaluation {
	base: Measured | null;
	result: Measured | null;
	worse: boolean;
	bestStep: number | null;
	samples: { index: number; base: string; result: string }[];
}

function measuredOf(value: unknown): Measured | null {
	const { valid_loss, token_accuracy } = objectOf(value);
	const loss = numberOf(valid_loss);
	return loss === null ? null : { valid_loss: loss, token_accuracy: numberOf(token_accuracy) ?? 0 };
}

export function evaluationOf(value: unknown): Evaluation | null {
	if (typeof value !== "object" || value === null) return null;
	const said = objectOf(value);
	const samples = Array.isArray(said.samples) ? said.samples.map(objectOf) : [];
	return {
		base: measuredOf(said.base),
		result: measuredOf(said.result),
		worse: said.worse === true,
		bestStep: numberOf(said.best_step),
		samples: samples.map((sample, place) => ({
			index: numberOf(sample.index) ?? place,
			base: textOf(sample.base),
			result: textOf(sample.result),
		})),
	};
}

export interface Checked {
	examples: number;
	errors: number;
	warnings: number;
	tokens: number | null;
	seconds: number | null;
	cost: string | null;
}

/** Null before the files were read. */
export function checkedOf(value: unknown): Checked | null {
	if (typeof value !== "object" || value === null) return null;
	const said = objectOf(value);
	const files = [objectOf(said.training), objectOf(said.validation)];
	const sum = (name: string) =>
		files.reduce((total, file) => total + (numberOf(file[name]) ?? 0), 0);
	const hasErrors = sum("errors") > 0;
	return {
		examples: numberOf(files[0]?.examples) ?? 0,
		errors: sum("errors"),
		warnings: sum("warnings"),
		tokens: hasErrors ? null : numberOf(said.estimated_tokens),
		seconds: hasErrors ? null : numberOf(said.estimated_seconds),
		cost: hasErrors ? null : textOf(said.estimated_cost) || null,
	};
}

/** Name and value of what was asked for, as the API names it. */
export function settingsOf(method: unknown): [string, string][] {
	const said = objectOf(method);
	const hyper = objectOf(objectOf(said[textOf(said.type)]).hyperparameters);
	return Object.entries(hyper).map(([name, value]) => [name, String(value)]);
}

export const methodOf = (method: unknown) =>
	objectOf(method).type === "dpo" ? ("dpo" as const) : ("supervised" as const);

export function resultFileOf(files: unknown): string | null {
	const first: unknown = Array.isArray(files) ? files[0] : null;
	return typeof first === "string" ? first : null;
}
