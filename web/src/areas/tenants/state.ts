// SPDX-License-Identifier: Apache-2.0
// What states of tenants, subscriptions, invoices and credits look like.
import type { Tone } from "@/ui/bits";

export const TENANT_TONES: Record<string, Tone> = {
	active: "good",
	suspended: "warn",
	deleting: "bad",
};

export const SUBSCRIPTION_STATES = [
	"trialing",
	"active",
	"paused",
	"past_due",
	"suspended",
	"canceled",
] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

export const SUBSCRIPTION_TONES: Record<SubscriptionState, Tone> = {
	trialing: "info",
	active: "good",
	paused: "neutral",
	past_due: "warn",
	suspended: "bad",
	canceled: "neutral",
};

/** The API may know a state that this console does not. */
export function subscriptionState(text: string): SubscriptionState | null {
	return SUBSCRIPTION_STATES.find((each) => each === text) ?? null;
}

export const INVOICE_TONES: Record<string, Tone> = {
	draft: "neutral",
	open: "info",
	paid: "good",
	void: "neutral",
	uncollectible: "bad",
};

export const CREDIT_TONES: Record<string, Tone> = {
	active: "good",
	used: "neutral",
	expired: "neutral",
	void: "neutral",
};

/** Midnight of UTC, `days` before the day of `nowS`. */
export function dayBefore(nowS: number, days: number): number {
	const DAY_S = 86_400;
	return (Math.floor(nowS / DAY_S) - days) * DAY_S;
}

/** A whole number that was typed; "" is no change. Undefined: not a number. */
export function typedCount(text: string): number | null | undefined {
	const plain = text.trim();
	if (plain === "") return null;
	return /^\d{1,12}$/.test(plain) ? Number(plain) : undefined;
}

interface Result {
	amount?: { value?: string | number; currency?: string };
}

export interface DayCost {
	day: number;
	value: number;
	exact: string;
}

/** Costs by day; each bucket has one result for its only group. */
export function dayCosts(
	buckets: { start_time: number; results: Record<string, unknown>[] }[],
): DayCost[] {
	return buckets.map((bucket) => {
		const amount = (bucket.results[0] as Result | undefined)?.amount?.value ?? 0;
		return { day: bucket.start_time, value: Number(amount), exact: String(amount) };
	});
}
