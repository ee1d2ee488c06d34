// SPDX-License-Identifier: Apache-2.0
// The acts one by one, with exactly the filter of the CSV.
"use client";
import { useTranslations } from "use-intl";
import { Amount } from "@/ui/amount";
import { Badge } from "@/ui/bits";
import { CopyId } from "@/ui/copy";
import { SearchField } from "@/ui/field";
import { None, Num, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Muted, Panel, Stack } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useCurrency } from "./currency";
import { useKindName } from "./kinds";
import { type Names, useNames } from "./names";
import { type UsageEvent, useEvents } from "./queries";
import type { UsageState } from "./state";
import { Toolbar } from "./toolbar";

export function Events({ state }: { state: UsageState }) {
	const t = useTranslations("usage");
	const names = useNames();
	const events = useEvents(state.own, state.filter, state.range, state.request);
	return (
		<Stack>
			<Toolbar state={state} names={names}>
				<SearchField
					label={t("findRequest")}
					defaultValue={state.request}
					maxLength={64}
					spellCheck={false}
					onKeyDown={(event) =>
						event.key === "Enter" && state.setRequest(event.currentTarget.value.trim())
					}
					onBlur={(event) => {
						const text = event.target.value.trim();
						if (text !== state.request) state.setRequest(text);
					}}
				/>
			</Toolbar>
			<Panel flush>
				<Table
					label={t("events")}
					columns={useColumns(state, names)}
					rows={events.rows}
					rowKey={(event) => event.id}
					error={events.error}
					onRetry={events.refetch}
					empty={<Empty title={t("noEventsTitle")}>{t("noEventsText")}</Empty>}
				/>
			</Panel>
			<Pager {...events.pager} />
		</Stack>
	);
}

function useColumns(state: UsageState, names: Names): Column<UsageEvent>[] {
	const t = useTranslations("usage");
	const kindName = useKindName();
	const currency = useCurrency();
	const who = (id: string | null) =>
		id === null ? <None /> : <span dir="auto">{names.nameOf(id)}</span>;
	const columns: Column<UsageEvent>[] = [
		{
			id: "time",
			header: t("time"),
			primary: true,
			cell: (event) => <Time at={event.settled_at} />,
		},
		{
			id: "kind",
			header: t("by_kind"),
			cell: (event) => (
				<div>
					{kindName(event.kind)}
					{event.model !== "" && (
						<div>
							<Muted>{event.model}</Muted>
						</div>
					)}
				</div>
			),
		},
		{ id: "key", header: t("by_key"), secondary: true, cell: (event) => who(event.api_key_id) },
		{
			id: "input",
			header: t("inputTokens"),
			align: "end",
			secondary: true,
			cell: (event) => <Num value={event.prompt_tokens} />,
		},
		{
			id: "output",
			header: t("outputTokens"),
			align: "end",
			secondary: true,
			cell: (event) => <Num value={event.completion_tokens} />,
		},
		{
			id: "cost",
			header: t("cost"),
			align: "end",
			cell: (event) => (
				<div>
					<Amount value={event.cost} currency={currency} />
					{!event.price_known && (
						<div>
							<Badge tone="warn">{t("noPrice")}</Badge>
						</div>
					)}
					{event.corrects !== null && (
						<div>
							<Badge>{t("correction")}</Badge>
						</div>
					)}
				</div>
			),
		},
		{
			id: "request",
			header: t("request"),
			cell: (event) => <CopyId id={event.request_id} label={t("copyRequest")} />,
		},
	];
	if (!state.own)
		columns.splice(2, 0, {
			id: "member",
			header: t("by_member"),
			cell: (event) => who(event.user_id),
		});
	return columns;
}
