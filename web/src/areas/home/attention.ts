// SPDX-License-Identifier: Apache-2.0
// What of an organisation wants looking at, from what the API says of each part.
import { shareOf } from "@/api/decimal";
import type { Budget, Invoice, Key, Profile, Store } from "./queries";

const SOON_S = 7 * 86_400;

export type Span = "day" | "month" | "total";

export type Attention =
	| { kind: "failed"; tone: "bad"; store: Store }
	| { kind: "import"; tone: "bad"; store: Store }
	| { kind: "budget"; tone: "warn" | "bad"; budget: Budget; span: Span; share: number }
	| { kind: "invoice"; tone: "warn" | "bad"; invoice: Invoice }
	| { kind: "key"; tone: "warn"; key: Key }
	| { kind: "vat"; tone: "warn" }
	| { kind: "mfa"; tone: "warn" };

interface Known {
	nowS: number;
	stores?: Store[];
	keys?: Key[];
	budgets?: Budget[];
	invoices?: Invoice[];
	profile?: Profile;
	mfaMissing: boolean;
}

/** The worst first; of one kind in the order of the API. */
export function attention(known: Known): Attention[] {
	const found = [
		...(known.invoices ?? []).map(ofInvoice),
		...(known.budgets ?? []).flatMap(ofBudget),
		...(known.stores ?? []).flatMap(ofStore),
		...(known.keys ?? []).flatMap((key) => ofKey(key, known.nowS)),
		...(known.profile ? ofProfile(known.profile) : []),
		...(known.mfaMissing ? [{ kind: "mfa", tone: "warn" } as const] : []),
	];
	return [
		...found.filter(({ tone }) => tone === "bad"),
		...found.filter(({ tone }) => tone !== "bad"),
	];
}

function ofInvoice(invoice: Invoice): Attention {
	return { kind: "invoice", tone: invoice.past_due ? "bad" : "warn", invoice };
}

/** The span that is the nearest to its limit, once it has crossed one of the budget's own thresholds. */
function ofBudget(budget: Budget): Attention[] {
	const least = Math.min(100, ...budget.thresholds);
	const spans: [Span, number | null][] = [
		["day", shareOf(budget.day_spent, budget.day)],
		["month", shareOf(budget.month_spent, budget.month)],
		["total", shareOf(budget.total_spent, budget.total)],
	];
	let worst: Attention[] = [];
	let most = least / 100;
	for (const [span, share] of spans) {
		if (share === null || share < most) continue;
		most = share;
		worst = [{ kind: "budget", tone: share >= 1 ? "bad" : "warn", budget, span, share }];
	}
	return worst;
}

function ofStore(store: Store): Attention[] {
	if (store.status === "expired") return [];
	const found: Attention[] = [];
	if (store.bulkhead.import?.status === "failed")
		found.push({ kind: "import", tone: "bad", store });
	if (store.file_counts.failed > 0) found.push({ kind: "failed", tone: "bad", store });
	return found;
}

function ofKey(key: Key, nowS: number): Attention[] {
	const { expires_at: ends, revoked_at: revoked } = key;
	return revoked === null && ends !== null && ends > nowS && ends - nowS < SOON_S
		? [{ kind: "key", tone: "warn", key }]
		: [];
}

/** Until somebody has confirmed the number, tax is charged in spite of it. */
function ofProfile(profile: Profile): Attention[] {
	return profile.vat_id && !profile.vat_confirmed_at ? [{ kind: "vat", tone: "warn" }] : [];
}
