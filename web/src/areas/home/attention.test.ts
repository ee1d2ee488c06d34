// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { attention } from "./attention";
import { type Budget, daysOf, type Invoice, type Key, type Store } from "./queries";

const NOW = 1_800_000_000;
const DAY = 86_400;
const nothing = { nowS: NOW, mfaMissing: false };

const budget = (more: Partial<Budget>) =>
	({
		kind: "tenant",
		id: "1",
		day: null,
		month: null,
		total: null,
		day_spent: "0",
		month_spent: "0",
		total_spent: "0",
		thresholds: [80, 100],
		...more,
	}) as Budget;

test("a budget counts once it has crossed its own first threshold, in the span nearest to its limit", () => {
	const of = (more: Partial<Budget>) => attention({ ...nothing, budgets: [budget(more)] });
	expect(of({ month: "10", month_spent: "7.99" })).toEqual([]);
	expect(of({ month: "10", month_spent: "7.99", thresholds: [50] })).toHaveLength(1);
	expect(of({ month: "10", month_spent: "8", day: "1", day_spent: "0.9" })).toMatchObject([
		{ kind: "budget", span: "day", share: 0.9, tone: "warn" },
	]);
	expect(of({ total: "0" })).toMatchObject([{ span: "total", tone: "bad" }]);
	expect(of({})).toEqual([]);
});

test("keys count in their last week, unless they have been revoked or are over", () => {
	const key = (expires_at: number | null, revoked_at: number | null = null) =>
		({ id: String(expires_at), expires_at, revoked_at }) as Key;
	const keys = [
		key(null),
		key(NOW + 8 * DAY),
		key(NOW + 6 * DAY),
		key(NOW - 1),
		key(NOW + DAY, NOW - DAY),
	];
	expect(attention({ ...nothing, keys })).toMatchObject([{ key: { expires_at: NOW + 6 * DAY } }]);
});

test("what is wrong comes before what is only near", () => {
	const store = {
		id: "vs",
		status: "completed",
		file_counts: { failed: 2 },
		bulkhead: { import: null },
	} as Store;
	const open = { id: "1", past_due: false } as Invoice;
	const late = { id: "2", past_due: true } as Invoice;
	expect(
		attention({ ...nothing, stores: [store], invoices: [open, late], mfaMissing: true }).map(
			({ kind, tone }) => `${kind} ${tone}`,
		),
	).toEqual(["invoice bad", "failed bad", "invoice warn", "mfa warn"]);
});

test("a VAT number counts until it is confirmed, and none does not", () => {
	expect(attention({ ...nothing, profile: { vat_id: "DE136695976" } })).toHaveLength(1);
	expect(
		attention({ ...nothing, profile: { vat_id: "DE136695976", vat_confirmed_at: NOW } }),
	).toEqual([]);
	expect(attention({ ...nothing, profile: { vat_id: "" } })).toEqual([]);
});

test("a day without costs is 0", () => {
	const bucket = (start_time: number, results: object[]) => ({ start_time, results });
	expect(
		daysOf({
			data: [bucket(1, []), bucket(2, [{ amount: { value: 0.25, currency: "eur" } }])],
		} as never).map(({ cost }) => Number(cost)),
	).toEqual([0, 0.25]);
});
