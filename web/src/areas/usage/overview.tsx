// SPDX-License-Identifier: Apache-2.0
// Costs and usage over time, told apart by model, key, member or team; the same figures as a table.
"use client";
import { useEffect } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Skeleton, Tag } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/button";
import { RadioGroup } from "@/ui/choice";
import { Money, None, Num, useMoney } from "@/ui/format";
import { Chart, ChartSkeleton, fetchChart } from "@/ui/lazy-chart";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Grid, Muted, Panel, Row, Stack, Stat } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { StateLink } from "@/ui/state-link";
import { type Column, Table } from "@/ui/table";
import { useKindName } from "./kinds";
import { type Names, useNames } from "./names";
import { type Filter, useSums } from "./queries";
import { GROUPS, type UsageState } from "./state";
import {
	type Bucket,
	type Figures,
	type Group,
	type GroupBy,
	groupsOf,
	type Measure,
	measured,
	seriesOf,
	totalOf,
} from "./sums";
import { Toolbar } from "./toolbar";

export function Overview({ state }: { state: UsageState }) {
	const t = useTranslations("usage");
	const names = useNames();
	const { own, filter, range, width, by, measure } = state;
	const sums = useSums(own, filter, range, width, by);
	useEffect(fetchChart, []);
	return (
		<Stack gap={5}>
			<Toolbar state={state} names={names}>
				<FilterSelect<GroupBy>
					label={t("groupBy")}
					value={by}
					onChange={state.setBy}
					options={GROUPS.filter((name) => !own || name !== "member").map((name) => ({
						value: name,
						label: t(`grouped_${name}`),
					}))}
				/>
				<FilterSelect
					label={t("buckets")}
					value={width}
					onChange={state.setWidth}
					options={state.widths.map((each) => ({ value: each, label: t(`width_${each}`) }))}
				/>
				<RadioGroup<Measure>
					label={<span className="visually-hidden">{t("measure")}</span>}
					segmented
					value={measure}
					onChange={state.setMeasure}
					options={(["cost", "requests", "tokens"] as const).map((name) => ({
						value: name,
						label: t(`measure_${name}`),
					}))}
				/>
			</Toolbar>
			{sums.error && !sums.data ? (
				<ErrorPanel error={sums.error} onRetry={() => void sums.refetch()} />
			) : (
				<Figured buckets={sums.data} state={state} names={names} />
			)}
		</Stack>
	);
}

interface FiguredProps {
	buckets: Bucket[] | undefined;
	state: UsageState;
	names: Names;
}

function Figured({ buckets, state, names }: FiguredProps) {
	const t = useTranslations("usage");
	const nameOf = useGroupName(state.by, names);
	const groups = buckets && groupsOf(buckets, state.by, state.measure);
	const total = groups && totalOf(groups);
	const currency = groups?.[0]?.sample.amount.currency ?? "";
	return (
		<>
			<Totals total={total} currency={currency} />
			<Panel>
				<h2 className="visually-hidden">{t("overTime")}</h2>
				{buckets && groups && total ? (
					groups.length === 0 ? (
						<Nothing own={state.own} />
					) : (
						<Plot
							buckets={buckets}
							groups={groups}
							total={total}
							state={state}
							nameOf={nameOf}
							currency={currency}
						/>
					)
				) : (
					<Stack>
						<ChartSkeleton />
						<Zone state={state} />
					</Stack>
				)}
			</Panel>
			{(!groups || groups.length > 0) && (
				<Panel flush title={t(`grouped_${state.by}`)}>
					<Breakdown
						groups={groups}
						total={total}
						state={state}
						nameOf={nameOf}
						currency={currency}
					/>
				</Panel>
			)}
		</>
	);
}

function Nothing({ own }: { own: boolean }) {
	const t = useTranslations("usage");
	const { can } = useSession();
	return (
		<Empty
			title={t("emptyTitle")}
			action={
				can("keys:write") ? (
					<LinkButton variant="primary" href="/keys/?do=create">
						{t("createKey")}
					</LinkButton>
				) : undefined
			}
		>
			{own ? t("emptyOwn") : t("emptyText")}
		</Empty>
	);
}

function Totals({ total, currency }: { total: Figures | undefined; currency: string }) {
	const t = useTranslations("usage");
	const figure = (value: number | undefined) =>
		value === undefined ? <Skeleton /> : <Num value={value} compact />;
	return (
		<Grid min="s">
			<Stat
				label={t("cost")}
				value={
					total ? (
						currency === "" ? (
							<Num value={0} />
						) : (
							<Money nanos={total.nanos} currency={currency} />
						)
					) : (
						<Skeleton />
					)
				}
			/>
			<Stat label={t("requests")} value={figure(total?.requests)} />
			<Stat label={t("inputTokens")} value={figure(total?.input)} />
			<Stat label={t("outputTokens")} value={figure(total?.output)} />
		</Grid>
	);
}

interface PlotProps {
	buckets: Bucket[];
	groups: Group[];
	total: Figures;
	state: UsageState;
	nameOf: (group: Group) => string;
	currency: string;
}

function Plot({ buckets, groups, total, state, nameOf, currency }: PlotProps) {
	const t = useTranslations("usage");
	const money = useMoney();
	const format = useFormatter();
	const { measure, width } = state;
	const write = (value: number) =>
		measure === "cost"
			? money(Math.round(value * 1e9), currency)
			: format.number(value, { notation: "compact", maximumFractionDigits: 1 });
	const whole = measured(total, measure);
	const daily = width === "1d";
	return (
		<Stack>
			<Chart
				label={t("chart", { measure: t(`measure_${measure}`), width: t(`per_${width}`) })}
				summary={t("summary", {
					total: measure === "cost" ? money(whole, currency) : format.number(whole),
					zone: daily || state.utc ? "UTC" : t("localZone"),
				})}
				times={buckets.map((bucket) => bucket.start_time)}
				series={seriesOf(groups, measure, nameOf, t("others"))}
				format={write}
				bucket={daily ? "day" : width === "1h" ? "hour" : "minute"}
				utc={daily || state.utc}
			/>
			<Zone state={state} />
		</Stack>
	);
}

/** Whose days and hours they are. */
function Zone({ state }: { state: UsageState }) {
	const t = useTranslations("usage");
	if (state.width === "1d") return <Muted>{t("daysAreUtc")}</Muted>;
	return (
		<Row>
			<Button size="s" variant="quiet" onClick={() => state.setUtc(!state.utc)}>
				{state.utc ? t("showLocal") : t("showUtc")}
			</Button>
		</Row>
	);
}

/** What a group is called in the language of the reader. */
function useGroupName(by: GroupBy, names: Names): (group: Group) => string {
	const t = useTranslations("usage");
	const kindName = useKindName();
	return (group) => {
		switch (by) {
			case "model":
				return group.id === "" ? t("withoutModel") : group.id;
			case "kind": {
				const { kind, model } = group.sample;
				return model ? `${kindName(kind ?? "")} · ${model}` : kindName(kind ?? "");
			}
			case "key":
				return group.id === "" ? t("withoutKey") : names.nameOf(group.id);
			case "member":
				return group.id === "" ? t("withoutMember") : names.nameOf(group.id);
			default:
				return group.id === "" ? t("withoutTeam") : names.nameOf(group.id);
		}
	};
}

interface BreakdownProps extends Omit<PlotProps, "buckets" | "groups" | "total"> {
	groups: Group[] | undefined;
	total: Figures | undefined;
}

function Breakdown({ groups, total, state, nameOf, currency }: BreakdownProps) {
	const t = useTranslations("usage");
	const format = useFormatter();
	const whole = total ? measured(total, state.measure) : 0;
	const filter = state.by === "kind" ? null : (state.by as keyof Filter);
	const name = (group: Group) =>
		filter && group.id !== "" && state.filter[filter] === "" ? (
			<StateLink to={{ [filter]: group.id }} aria-label={t("narrow", { name: nameOf(group) })}>
				{nameOf(group)}
			</StateLink>
		) : (
			<span dir="auto">{nameOf(group)}</span>
		);
	const number = (
		id: "requests" | "input" | "output",
		header: string,
		secondary = false,
	): Column<Group> => ({
		id,
		header,
		align: "end",
		secondary,
		cell: (group) => <Num value={group[id]} />,
		sort: (group) => group[id],
	});
	const columns: Column<Group>[] = [
		{
			id: "name",
			header: t(`by_${state.by}`),
			primary: true,
			cell: name,
			sort: (group) => nameOf(group),
		},
		number("requests", t("requests")),
		number("input", t("inputTokens"), true),
		number("output", t("outputTokens"), true),
		{
			id: "cost",
			header: t("cost"),
			align: "end",
			cell: (group) => <Money nanos={group.nanos} currency={currency} />,
			sort: (group) => group.nanos,
		},
		{
			id: "share",
			header: t("share"),
			align: "end",
			cell: (group) =>
				whole === 0 ? (
					<None />
				) : (
					<Tag>
						{format.number(measured(group, state.measure) / whole, {
							style: "percent",
							maximumFractionDigits: 1,
						})}
					</Tag>
				),
		},
	];
	return (
		<Table
			label={t(`grouped_${state.by}`)}
			columns={columns}
			rows={groups}
			rowKey={(group) => group.id}
			empty={null}
		/>
	);
}
