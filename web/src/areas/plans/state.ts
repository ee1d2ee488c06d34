// SPDX-License-Identifier: Apache-2.0
// Rules of plans and prices: versions, forms, the file of prices.
import type { Plan, PlanCreate, PriceImport } from "./queries";

/** Versions of each plan, the newest first; plans by name, archived ones last. */
export function byName(plans: Plan[]): Plan[][] {
	const groups = new Map<string, Plan[]>();
	for (const plan of plans) groups.set(plan.name, [...(groups.get(plan.name) ?? []), plan]);
	const rank = (group: Plan[]) => (group[0]?.archived_at === null ? 0 : 1);
	return [...groups.values()]
		.map((group) => group.sort((a, b) => b.version - a.version))
		.sort((a, b) => rank(a) - rank(b) || (a[0]?.name ?? "").localeCompare(b[0]?.name ?? ""));
}

export interface PlanForm {
	name: string;
	price: string;
	currency: string;
	interval: "month" | "year";
	billing: "arrears" | "prepaid";
	credit: string;
	trialDays: string;
	seats: string;
	requests: string;
	concurrency: string;
	tokens: string;
	isPublic: boolean;
	/** METER = UNITS, a line each. */
	included: string;
	/** METER = PRICE, a line each. */
	overage: string;
	/** Names, a line each. */
	entitlements: string;
}

export const EMPTY: PlanForm = {
	name: "",
	price: "",
	currency: "",
	interval: "month",
	billing: "arrears",
	credit: "",
	trialDays: "",
	seats: "",
	requests: "",
	concurrency: "",
	tokens: "",
	isPublic: false,
	included: "",
	overage: "",
	entitlements: "*",
};

const count = (value: number) => (value === 0 ? "" : String(value));

function linesOf(pairs: unknown): string {
	return Object.entries((pairs ?? {}) as Record<string, unknown>)
		.map(([name, value]) => `${name} = ${String(value)}`)
		.join("\n");
}

export function formOf(plan: Plan): PlanForm {
	return {
		name: plan.name,
		price: plan.price,
		currency: plan.currency,
		interval: plan.interval === "year" ? "year" : "month",
		billing: plan.billing === "prepaid" ? "prepaid" : "arrears",
		credit: plan.credit === "0" ? "" : plan.credit,
		trialDays: count(plan.trial_days),
		seats: count(plan.seats),
		requests: count(plan.requests_per_minute),
		concurrency: count(plan.concurrency),
		tokens: count(plan.tokens_per_minute),
		isPublic: plan.public,
		included: linesOf(plan.included),
		overage: linesOf(plan.overage),
		entitlements: plan.entitlements.join("\n"),
	};
}

/** "a = 1" by line. Null: a line is none. */
export function pairsOf(text: string): Record<string, string> | null {
	const pairs: Record<string, string> = {};
	for (const line of text.split("\n")) {
		if (line.trim() === "") continue;
		const match = /^\s*([^\s=]+)\s*=\s*(\S.*?)\s*$/.exec(line);
		if (!match?.[1] || !match[2]) return null;
		pairs[match[1]] = match[2];
	}
	return pairs;
}

export type PlanField = keyof PlanForm;

const COUNTS = ["trialDays", "seats", "requests", "concurrency", "tokens"] as const;
const AMOUNT = /^\d{1,9}([.,]\d{1,9})?$/;

/** Fields that are wrong. */
export function faults(form: PlanForm): PlanField[] {
	const wrong: PlanField[] = [];
	if (!/^[^\s]{1,31}$/.test(form.name.trim())) wrong.push("name");
	if (form.price.trim() !== "" && !AMOUNT.test(form.price.trim())) wrong.push("price");
	if (form.credit.trim() !== "" && !AMOUNT.test(form.credit.trim())) wrong.push("credit");
	if (!/^([A-Za-z]{3})?$/.test(form.currency.trim())) wrong.push("currency");
	for (const field of COUNTS) if (!/^\d{0,9}$/.test(form[field].trim())) wrong.push(field);
	const included = pairsOf(form.included);
	if (included === null || Object.values(included).some((value) => !/^\d{1,15}$/.test(value)))
		wrong.push("included");
	if (pairsOf(form.overage) === null) wrong.push("overage");
	return wrong;
}

/** `revised`: a new version keeps the name and what is not named. */
export function toPlan(form: PlanForm, revised: boolean): PlanCreate {
	const amount = (text: string) => (text.trim() === "" ? "0" : text.trim().replace(",", "."));
	const included = pairsOf(form.included) ?? {};
	return {
		...(revised ? {} : { name: form.name.trim() }),
		price: amount(form.price),
		...(form.currency.trim() === "" ? {} : { currency: form.currency.trim().toUpperCase() }),
		interval: form.interval,
		billing: form.billing,
		credit: amount(form.credit),
		trial_days: Number(form.trialDays),
		seats: Number(form.seats),
		requests_per_minute: Number(form.requests),
		concurrency: Number(form.concurrency),
		tokens_per_minute: Number(form.tokens),
		public: form.isPublic,
		included: Object.fromEntries(
			Object.entries(included).map(([meter, units]) => [meter, Number(units)]),
		),
		overage: pairsOf(form.overage) ?? {},
		entitlements: form.entitlements
			.split("\n")
			.map((line) => line.trim())
			.filter((line) => line !== ""),
	} as PlanCreate;
}

type Item = PriceImport["items"][number];

const MEMBERS = {
	input_cost_per_token: "input",
	output_cost_per_token: "output",
	cache_read_input_token_cost: "cached",
	cache_creation_input_token_cost: "cache_write",
	input_cost_per_token_batches: "input_batch",
	output_cost_per_token_batches: "output_batch",
	input_cost_per_token_above_200k_tokens: "input_above_200k",
	output_cost_per_token_above_200k_tokens: "output_above_200k",
} as const;

/** A price by token as one by a million, written as a decimal: "1.5e-7" is "0.15". Null: no price. */
export function perMillion(text: string): string | null {
	const match = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
	if (!match) return null;
	const fraction = match[2] ?? "";
	const digits = `${match[1]}${fraction}`;
	const scale = fraction.length - Number(match[3] ?? "0") - 6;
	const padded = scale > 0 ? digits.padStart(scale + 1, "0") : digits + "0".repeat(-scale);
	const whole = scale > 0 ? padded.slice(0, -scale) : padded;
	const rest = scale > 0 ? padded.slice(-scale).replace(/0+$/, "") : "";
	const plain = whole.replace(/^0+(?=\d)/, "");
	// The API takes nine decimals; a finer price is cut, never rounded up.
	return rest === "" ? plain : `${plain}.${rest.slice(0, 9)}`;
}

/** Items of a file in LiteLLM's format; null where it is none. Models without a price by token are left out. */
export function itemsOf(text: string): { items: Item[]; left: number } | null {
	let file: unknown;
	try {
		file = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof file !== "object" || file === null || Array.isArray(file)) return null;
	const items: Item[] = [];
	let left = 0;
	for (const [item, entry] of Object.entries(file)) {
		if (item === "sample_spec" || typeof entry !== "object" || entry === null) continue;
		const prices: Record<string, string> = {};
		for (const [member, name] of Object.entries(MEMBERS)) {
			const value = (entry as Record<string, unknown>)[member];
			const price =
				typeof value === "number" || typeof value === "string" ? perMillion(String(value)) : null;
			if (price !== null) prices[name] = price;
		}
		if (prices.input === undefined && prices.output === undefined) left++;
		// An open object; its members are the API's to judge.
		else items.push({ item, prices } as unknown as Item);
	}
	return { items, left };
}
