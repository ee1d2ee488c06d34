// What a plan costs and includes.
"use client";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Amount } from "@/ui/amount";
import { Tag } from "@/ui/bits";
import { None, Num } from "@/ui/format";
import { DescriptionList, Row } from "@/ui/page";
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

export function PlanFacts({ plan, more = [] }: PlanFactsProps) {
	const t = useTranslations("billing");
	const most = (value: number) =>
		value === 0 ? <None>{t("unlimited")}</None> : <Num value={value} />;
	const items = [
		{ term: t("price"), value: <Price plan={plan} /> },
		...more,
		{ term: t("seats"), value: most(plan.seats) },
		{ term: t("requestsPerMinute"), value: most(plan.requests_per_minute) },
		{ term: t("tokensPerMinute"), value: most(plan.tokens_per_minute) },
	];
	const included = meters(plan.included);
	if (included.length > 0)
		items.push({
			term: t("included"),
			value: (
				<Row>
					{included.map(([meter, amount]) => (
						<Tag key={meter}>
							{/^\d+$/.test(amount) ? <Num value={Number(amount)} compact /> : amount}{" "}
							<code>{meter}</code>
						</Tag>
					))}
				</Row>
			),
		});
	const overage = meters(plan.overage);
	if (overage.length > 0)
		items.push({
			term: t("beyond"),
			value: (
				<Row>
					{overage.map(([meter, amount]) => (
						<Tag key={meter}>
							{amount} {plan.currency} <code>{meter}</code>
						</Tag>
					))}
				</Row>
			),
		});
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
