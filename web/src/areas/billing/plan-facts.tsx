// SPDX-License-Identifier: Apache-2.0
// What a plan costs and includes.
"use client";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Amount } from "@/ui/amount";
import { Tag } from "@/ui/bits";
import { Num } from "@/ui/format";
import { DescriptionList, Muted, Row } from "@/ui/page";
import type { Plan } from "./queries";

/** {"chat.output_tokens": 2000000} or {"chat.output_tokens": "0.6/million"}, as the API has it. */
export function meters(value: unknown): [string, string][] {
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).map(([meter, amount]) => [meter, String(amount)]);
}

export function Price({ plan }: { plan: Plan }) {
	const t = useTranslations("billing");
	return (
		<>
			<Amount value={plan.price} currency={plan.currency} />{" "}
			{plan.interval === "year" ? t("aYear") : t("aMonth")}
		</>
	);
}

interface PlanFactsProps {
	plan: Plan;
	more?: { term: ReactNode; value: ReactNode }[];
}

/** "0.6/million" is a price of a million units; whatever else it is stands as it came. */
function Beyond({ price, currency }: { price: string; currency: string }) {
	const t = useTranslations("billing");
	const million = /^([\d.]+)\/million$/.exec(price)?.[1];
	return million === undefined ? (
		price
	) : (
		<>
			<Amount value={million} currency={currency} /> {t("aMillion")}
		</>
	);
}

/** Limits that a plan does not have are not listed. */
export function PlanFacts({ plan, more = [] }: PlanFactsProps) {
	const t = useTranslations("billing");
	const items = [{ term: t("price"), value: <Price plan={plan} /> }, ...more];
	const most = (term: string, value: number) =>
		value > 0 && items.push({ term, value: <Num value={value} /> });
	most(t("seats"), plan.seats);
	most(t("requestsPerMinute"), plan.requests_per_minute);
	most(t("tokensPerMinute"), plan.tokens_per_minute);
	const list = (term: string, rows: [string, ReactNode][]) =>
		rows.length > 0 &&
		items.push({
			term,
			value: (
				<>
					{rows.map(([meter, amount]) => (
						<div key={meter}>
							{amount} <Muted>{meter}</Muted>
						</div>
					))}
				</>
			),
		});
	list(
		t("included"),
		meters(plan.included).map(([meter, amount]) => [
			meter,
			/^\d+$/.test(amount) ? <Num key={meter} value={Number(amount)} compact /> : amount,
		]),
	);
	list(
		t("beyond"),
		meters(plan.overage).map(([meter, price]) => [
			meter,
			<Beyond key={meter} price={price} currency={plan.currency} />,
		]),
	);
	items.push({
		term: t("services"),
		value: plan.entitlements.includes("*") ? (
			t("everything")
		) : (
			<Row>
				{plan.entitlements.map((word) => (
					<Tag key={word}>{word}</Tag>
				))}
			</Row>
		),
	});
	return <DescriptionList items={items} />;
}
