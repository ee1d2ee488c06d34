// SPDX-License-Identifier: Apache-2.0
// The form of a job: what it holds, what is sent for it, and what is set aside.
import type { Model } from "@/api/models";
import type { JobCreate } from "./queries";

export interface TuningForm {
	model: string;
	training: string;
	/** "": a part of the training data is held out. */
	validation: string;
	method: "supervised" | "dpo";
	/** As they are typed; "": automatic. */
	epochs: string;
	batch: string;
	rate: string;
	beta: string;
	suffix: string;
	seed: string;
	publishWorse: boolean;
	leaksAllowed: boolean;
}

export const EMPTY: TuningForm = {
	model: "",
	training: "",
	validation: "",
	method: "supervised",
	epochs: "",
	batch: "",
	rate: "",
	beta: "",
	suffix: "",
	seed: "",
	publishWorse: false,
	leaksAllowed: false,
};

/** What the API takes; it has the last word. */
const EPOCHS_AUTO = 3;
const BYTES_PER_TOKEN = 3;
const SEED_MOST = 2_147_483_647;
const COUNT_MOST = 1_000_000;

/** Null: nothing was typed. Undefined: it is no whole number up to `most`. */
export function wholeOf(text: string, most = COUNT_MOST, least = 1): number | null | undefined {
	const plain = text.trim();
	if (plain === "") return null;
	const value = /^\d{1,10}$/.test(plain) ? Number(plain) : Number.NaN;
	return value >= least && value <= most ? value : undefined;
}

export const seedOf = (text: string) => wholeOf(text, SEED_MOST, 0);

/** Null: nothing was typed. Undefined: it is no number above 0. */
export function factorOf(text: string): number | null | undefined {
	const plain = text.trim().replace(",", ".");
	if (plain === "") return null;
	const value = /^\d*\.?\d+$/.test(plain) ? Number(plain) : 0;
	return value > 0 ? value : undefined;
}

/** Null while something is missing or wrong. */
export function toRequest(form: TuningForm): JobCreate | null {
	const [epochs, batch] = [wholeOf(form.epochs), wholeOf(form.batch)];
	const [rate, beta] = [factorOf(form.rate), factorOf(form.beta)];
	const seed = seedOf(form.seed);
	if (form.model === "" || form.training === "") return null;
	if ([epochs, batch, rate, seed].includes(undefined)) return null;
	const isDpo = form.method === "dpo";
	if (isDpo && beta === undefined) return null;
	const hyperparameters = {
		n_epochs: epochs ?? "auto",
		batch_size: batch ?? "auto",
		learning_rate_multiplier: rate ?? "auto",
		...(isDpo && { beta: beta ?? "auto" }),
	};
	return {
		model: form.model,
		training_file: form.training,
		...(form.validation !== "" && { validation_file: form.validation }),
		method: {
			type: form.method,
			[form.method]: { hyperparameters },
		} as unknown as JobCreate["method"],
		...(form.suffix.trim() !== "" && { suffix: form.suffix.trim() }),
		...(seed !== null && { seed }),
		bulkhead: { publish_worse: form.publishWorse, leaks_allowed: form.leaksAllowed },
	};
}

/** Tokens that the API sets aside for a file of so many bytes: no more are billed. */
export const setAside = (bytes: number, form: Pick<TuningForm, "epochs">) =>
	(Math.floor(bytes / BYTES_PER_TOKEN) + 1) * (wholeOf(form.epochs) ?? EPOCHS_AUTO);

/** Chat models that run here and are no adapters themselves; which of them can be trained, the API says. */
export const basesOf = (models: readonly Model[]) =>
	models.filter(({ bulkhead }) => bulkhead.managed && !bulkhead.base);
