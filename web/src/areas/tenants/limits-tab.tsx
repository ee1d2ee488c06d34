// SPDX-License-Identifier: Apache-2.0
// Limits of requests, of tokens and of money. Empty means: none of its own, or no limit.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { useSession } from "@/session/session";
import { Amount } from "@/ui/amount";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { None, Num, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Panel, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type LimitChange, useBudget, useLimits, useSetLimits, useTokens } from "./queries";
import { typedCount } from "./state";

const COUNTS = ["requests", "concurrency", "tokens"] as const;
const AMOUNTS = ["day", "month", "total"] as const;
type Field = (typeof COUNTS)[number] | (typeof AMOUNTS)[number];
export type LimitForm = Record<Field, string>;

/** What is sent: only what differs from what was there. Null: something is no number. */
export function limitChange(was: LimitForm, now: LimitForm): LimitChange | null {
	const change: LimitChange = { limits: {}, tokens: {}, budget: {} };
	for (const field of COUNTS) {
		const value = typedCount(now[field]);
		if (value === undefined) return null;
		if (now[field].trim() === was[field]) continue;
		if (field === "requests") change.limits.requests_per_minute = value ?? 0;
		else if (field === "concurrency") change.limits.concurrency = value ?? 0;
		else change.tokens.tokens_per_minute = value ?? 0;
	}
	for (const field of AMOUNTS) {
		const value = typedAmount(now[field]);
		if (value === undefined) return null;
		if (now[field].trim() !== was[field]) change.budget[field] = value;
	}
	return change;
}

export function LimitsTab({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const limits = useLimits(tenant);
	const tokens = useTokens(tenant);
	const budget = useBudget(tenant);
	const failed = [limits, tokens, budget].find((query) => query.error && !query.data);
	if (failed) return <ErrorPanel error={failed.error} onRetry={() => void failed.refetch()} />;
	if (!limits.data || !tokens.data || !budget.data) return <Skeleton lines={8} />;
	const count = (value: number | undefined) => (value ? String(value) : "");
	const was: LimitForm = {
		requests: count(limits.data.requests_per_minute),
		concurrency: count(limits.data.concurrency),
		tokens: count(tokens.data.tokens_per_minute),
		day: budget.data.day ?? "",
		month: budget.data.month ?? "",
		total: budget.data.total ?? "",
	};
	const { currency } = budget.data;
	return (
		<Stack gap={5}>
			<Panel title={t("spentNow")} description={t("spentNowText")}>
				<DescriptionList
					items={[
						{
							term: t("daySpent"),
							value: (
								<>
									<Amount value={budget.data.day_spent} currency={currency} />
									{" · "}
									{t.rich("until", { time: () => <Time at={budget.data.day_ends_at} /> })}
								</>
							),
						},
						{
							term: t("monthSpent"),
							value: (
								<>
									<Amount value={budget.data.month_spent} currency={currency} />
									{" · "}
									{t.rich("until", { time: () => <Time at={budget.data.month_ends_at} /> })}
								</>
							),
						},
						{
							term: t("totalSpent"),
							value: <Amount value={budget.data.total_spent} currency={currency} />,
						},
						{
							term: t("reserved"),
							value: <Amount value={budget.data.reserved} currency={currency} />,
						},
					]}
				/>
			</Panel>
			{can("limits:write") && can("tenants:write") ? (
				<LimitsForm key={JSON.stringify(was)} tenant={tenant} was={was} currency={currency} />
			) : (
				<LimitsShown was={was} currency={currency} />
			)}
		</Stack>
	);
}

interface LimitsProps {
	was: LimitForm;
	currency: string;
}

function LimitsForm({ tenant, was, currency }: LimitsProps & { tenant: string }) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const save = useSetLimits(tenant);
	const [form, setForm] = useState(was);
	const change = limitChange(was, form);
	const same =
		change !== null && Object.values(change).every((part) => Object.keys(part).length === 0);
	const bad = (field: Field) =>
		(field === "day" || field === "month" || field === "total"
			? typedAmount(form[field])
			: typedCount(form[field])) === undefined && t("numberError");
	const field = (name: Field, suffix?: string) => (
		<TextField
			label={t(`limit_${name}`)}
			inputMode={suffix ? "decimal" : "numeric"}
			placeholder={t("noLimit")}
			suffix={suffix}
			autoComplete="off"
			value={form[name]}
			error={bad(name)}
			onChange={(event) => setForm({ ...form, [name]: event.target.value })}
		/>
	);
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				if (change && !same && !save.isPending)
					save.mutate(change, { onSuccess: () => toast(t("limitsSaved")) });
			}}
		>
			<Panel
				title={t("limits")}
				description={t("limitsText")}
				footer={
					<Button
						type="submit"
						variant="primary"
						disabled={change === null || same}
						busy={save.isPending}
					>
						{t("saveLimits")}
					</Button>
				}
			>
				<Stack>
					{save.error && <ErrorPanel error={save.error} />}
					<Grid min="s">
						{COUNTS.map((name) => (
							<div key={name}>{field(name)}</div>
						))}
						{AMOUNTS.map((name) => (
							<div key={name}>{field(name, currency)}</div>
						))}
					</Grid>
				</Stack>
			</Panel>
		</form>
	);
}

function LimitsShown({ was, currency }: LimitsProps) {
	const t = useTranslations("tenants");
	const none = <None>{t("noLimit")}</None>;
	return (
		<Panel title={t("limits")} description={t("limitsText")}>
			<Stack>
				<Callout>{t("limitsReadOnly")}</Callout>
				<DescriptionList
					items={[
						...COUNTS.map((name) => ({
							term: t(`limit_${name}`),
							value: was[name] === "" ? none : <Num value={Number(was[name])} />,
						})),
						...AMOUNTS.map((name) => ({
							term: t(`limit_${name}`),
							value: was[name] === "" ? none : <Amount value={was[name]} currency={currency} />,
						})),
					]}
				/>
			</Stack>
		</Panel>
	);
}
