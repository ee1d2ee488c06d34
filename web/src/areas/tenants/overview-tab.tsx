// SPDX-License-Identifier: Apache-2.0
// A tenant at a glance: account, plan, spend by day, storage, the state of the books.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { decimalToNanos } from "@/api/decimal";
import { serverNowS } from "@/api/server-clock";
import { Amount } from "@/ui/amount";
import { Badge, Progress, Skeleton } from "@/ui/bits";
import { Bytes, None, Num, Time, useMoney } from "@/ui/format";
import { Chart } from "@/ui/lazy-chart";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Panel, Stack, Stat } from "@/ui/page";
import {
	type Tenant,
	useAccount,
	useBudget,
	useCosts,
	useStorage,
	useSubscription,
} from "./queries";
import { dayBefore, dayCosts, SUBSCRIPTION_TONES, subscriptionState } from "./state";

export function OverviewTab({ tenant }: { tenant: Tenant }) {
	const t = useTranslations("tenants");
	return (
		<Stack gap={5}>
			{tenant.state === "suspended" && <Callout tone="warn">{t("isSuspended")}</Callout>}
			{tenant.state === "deleting" && <Callout tone="warn">{t("isDeleting")}</Callout>}
			<Figures tenant={tenant.id} />
			<Costs tenant={tenant.id} />
			<Facts tenant={tenant} />
		</Stack>
	);
}

function Figures({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const account = useAccount(tenant);
	const budget = useBudget(tenant);
	const storage = useStorage(tenant);
	const waiting = <Skeleton />;
	return (
		<Grid min="s">
			<Stat
				label={t("monthSpent")}
				value={
					budget.data ? (
						<Amount value={budget.data.month_spent} currency={budget.data.currency} />
					) : budget.error ? (
						<None>{t("unknown")}</None>
					) : (
						waiting
					)
				}
				note={
					budget.data?.month != null
						? t.rich("ofLimit", {
								amount: () => (
									<Amount
										value={budget.data?.month ?? "0"}
										currency={budget.data?.currency ?? ""}
									/>
								),
							})
						: t("noLimit")
				}
			/>
			<Stat
				label={t("balance")}
				value={
					account.data ? (
						<Amount value={account.data.balance} currency={account.data.currency} />
					) : account.error ? (
						<None>{t("unknown")}</None>
					) : (
						waiting
					)
				}
				note={account.data && (account.data.prepaid ? t("prepaid") : t("arrears"))}
			/>
			<Stat
				label={t("owed")}
				value={
					account.data ? (
						<Amount value={account.data.owed} currency={account.data.currency} />
					) : account.error ? (
						<None>{t("unknown")}</None>
					) : (
						waiting
					)
				}
				note={t("owedNote")}
			/>
			<Stat
				label={t("storage")}
				value={
					storage.data ? (
						<Bytes value={storage.data.storage_used_bytes} />
					) : storage.error ? (
						<None>{t("unknown")}</None>
					) : (
						waiting
					)
				}
				note={storage.data && t("files", { count: storage.data.storage_used_files })}
			/>
		</Grid>
	);
}

function Costs({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const money = useMoney();
	const [fromS] = useState(() => dayBefore(serverNowS(), 29));
	const costs = useCosts(tenant, fromS);
	const budget = useBudget(tenant);
	if (costs.error) return <ErrorPanel error={costs.error} onRetry={() => void costs.refetch()} />;
	if (!costs.data || !budget.data) return <Skeleton block />;
	const days = dayCosts(costs.data.data);
	const { currency } = budget.data;
	const write = (value: number) => money(BigInt(Math.round(value * 1e9)), currency);
	if (days.every((day) => day.value === 0))
		return (
			<Panel title={t("costsByDay")}>
				<Empty title={t("noCosts")}>{t("noCostsText")}</Empty>
			</Panel>
		);
	const most = days.reduce((a, b) => (b.value > a.value ? b : a));
	return (
		<Panel title={t("costs")}>
			<Chart
				label={t("costsByDay")}
				summary={t("costsSummary", {
					amount: money(decimalToNanos(most.exact) ?? 0n, currency),
				})}
				times={days.map((day) => day.day)}
				series={[{ label: t("costs"), values: days.map((day) => day.value) }]}
				format={write}
				utc
			/>
		</Panel>
	);
}

function Facts({ tenant }: { tenant: Tenant }) {
	const t = useTranslations("tenants");
	const subscription = useSubscription(tenant.id);
	const budget = useBudget(tenant.id);
	const state = subscription.data ? subscriptionState(subscription.data.state) : null;
	return (
		<Panel title={t("facts")}>
			<DescriptionList
				items={[
					{
						term: t("plan"),
						value: subscription.isPending ? (
							<Skeleton />
						) : subscription.data ? (
							<>
								{subscription.data.plan.name}{" "}
								<Badge tone={state ? SUBSCRIPTION_TONES[state] : "neutral"}>
									{state ? t(state) : subscription.data.state}
								</Badge>
							</>
						) : (
							<None>{subscription.error ? t("unknown") : t("noPlan")}</None>
						),
					},
					{
						term: t("totalSpent"),
						value: budget.data ? (
							<Amount value={budget.data.total_spent} currency={budget.data.currency} />
						) : (
							<Skeleton />
						),
					},
					{
						term: t("reserved"),
						value: budget.data ? (
							<Amount value={budget.data.reserved} currency={budget.data.currency} />
						) : (
							<Skeleton />
						),
					},
					{ term: t("created"), value: <Time at={tenant.created_at} /> },
				]}
			/>
		</Panel>
	);
}

/** What is used of a limit; 0 sets none. */
export function Used({
	label,
	used,
	limit,
	bytes,
}: {
	label: string;
	used: number;
	limit: number;
	bytes?: boolean;
}) {
	const t = useTranslations("tenants");
	const figure = (value: number) => (bytes ? <Bytes value={value} /> : <Num value={value} />);
	const share = limit === 0 ? 0 : used / limit;
	return (
		<Progress
			label={label}
			value={limit === 0 ? 0 : used}
			max={limit === 0 ? 1 : limit}
			tone={share >= 1 ? "bad" : share >= 0.8 ? "warn" : "accent"}
			text={
				limit === 0
					? t.rich("usedNoLimit", { used: () => figure(used) })
					: t.rich("usedOf", { used: () => figure(used), limit: () => figure(limit) })
			}
		/>
	);
}
