// SPDX-License-Identifier: Apache-2.0
// What all views of usage are narrowed by, and how they are taken along.
"use client";
import { Download, X } from "lucide-react";
import { useTranslations } from "use-intl";
import { Button, LinkButton } from "@/ui/button";
import { Switch } from "@/ui/choice";
import { CodeButton } from "@/ui/code-button";
import { TextField } from "@/ui/field";
import { Grid, Row, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { Filters } from "@/ui/table";
import type { Names } from "./names";
import { csvPath, eventsQuery, type Filter, sumsQuery } from "./queries";
import { fromField, RANGES, type RangeName, toField } from "./range";
import type { UsageState } from "./state";

export function UsageActions({ tab, state }: { tab: string; state: UsageState }) {
	const t = useTranslations("usage");
	if (tab === "budgets") return <CodeButton path="/api/budgets" />;
	if (tab === "notices") return <CodeButton path="/api/notices" />;
	const own = state.own ? "/own" : "";
	const query =
		tab === "events"
			? eventsQuery(state.filter, state.range, state.request)
			: sumsQuery(state.filter, state.range, state.width, state.by);
	const words = new URLSearchParams(
		Object.entries(query).flatMap(([name, value]) =>
			(Array.isArray(value) ? value : [value]).map((each): [string, string] => [
				name,
				String(each),
			]),
		),
	);
	return (
		<>
			<CodeButton path={`/api/usage${own}${tab === "events" ? "" : "/sums"}?${words}`} />
			<LinkButton
				href={csvPath(state.own, state.filter, state.range, tab === "events" ? state.request : "")}
				download="usage.csv"
				icon={<Download size={16} />}
			>
				{t("csv")}
			</LinkButton>
		</>
	);
}

export function Toolbar({
	state,
	names,
	children,
}: {
	state: UsageState;
	names: Names;
	children?: React.ReactNode;
}) {
	const t = useTranslations("usage");
	return (
		<Stack gap={3}>
			<Filters>
				<FilterSelect<RangeName>
					label={t("range")}
					value={state.name}
					onChange={state.setName}
					options={[...RANGES, "custom" as const].map((name) => ({
						value: name,
						label: t(`range_${name}`),
					}))}
				/>
				{children}
				{state.mayChoose && (
					<Switch label={t("onlyMine")} checked={state.own} onChange={state.setOwn} />
				)}
			</Filters>
			{state.name === "custom" && <CustomRange state={state} />}
			<ActiveFilters state={state} names={names} />
		</Stack>
	);
}

function CustomRange({ state }: { state: UsageState }) {
	const t = useTranslations("usage");
	const edge = (name: "from" | "to") => (
		<TextField
			type="datetime-local"
			label={t(name)}
			defaultValue={toField(state.range[name])}
			onBlur={(event) => {
				const seconds = fromField(event.target.value);
				if (seconds !== null && seconds !== state.range[name]) state.setCustom(name, seconds);
			}}
		/>
	);
	return (
		<Grid min="s">
			{edge("from")}
			{edge("to")}
		</Grid>
	);
}

/** What a click in a table has narrowed, each to be taken back. */
function ActiveFilters({ state, names }: { state: UsageState; names: Names }) {
	const t = useTranslations("usage");
	const active = (["model", "key", "member", "team"] as (keyof Filter)[]).filter(
		(name) => state.filter[name] !== "",
	);
	if (active.length === 0) return null;
	return (
		<Row>
			{active.map((name) => {
				const value = state.filter[name];
				const shown = name === "model" ? value : names.nameOf(value);
				return (
					<Button
						key={name}
						size="s"
						icon={<X size={14} />}
						aria-label={t("removeFilter", { filter: t(`by_${name}`), value: shown })}
						onClick={() => state.setFilter(name, "")}
					>
						{t("filterIs", { filter: t(`by_${name}`), value: shown })}
					</Button>
				);
			})}
		</Row>
	);
}
