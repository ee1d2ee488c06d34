// SPDX-License-Identifier: Apache-2.0
// The audit log, of all tenants or of one: filters in the address, an export with exactly the same.
"use client";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { serverNowS } from "@/api/server-clock";
import { useQueryState } from "@/api/url-state";
import { SavedViews } from "@/shell/saved-views";
import { Badge, Tag } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { CodeBlock, CopyId } from "@/ui/copy";
import { Drawer } from "@/ui/dialog";
import { SearchField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { DescriptionList, Panel, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { StateLink } from "@/ui/state-link";
import { type Column, Filters, Table } from "@/ui/table";
import { type AuditEvent, type AuditFilter, useAudit } from "./queries";
import { auditQuery, outcomeOf, SPANS, type Span, spanFrom } from "./state";

export function AuditPanel({ tenant }: { tenant?: string }) {
	const t = useTranslations("oversight");
	const [actor, setActor] = useQueryState("actor");
	const [action, setAction] = useQueryState("action");
	const [text, setText] = useQueryState("text");
	const [spanText, setSpan] = useQueryState("span", "all");
	const [shown, setShown] = useQueryState("event");
	const [now] = useState(() => Math.floor(serverNowS()));
	const span: Span = SPANS.find((each) => each === spanText) ?? "all";
	const filter: AuditFilter = {
		...(actor === "" ? {} : { actor }),
		...(action === "" ? {} : { action }),
		...(text === "" ? {} : { text }),
		...(span === "all" ? {} : { from: spanFrom(span, now) }),
	};
	const audit = useAudit(tenant, filter);
	const rows = audit.data?.pages.flatMap((page) => page.data);
	const filtered = Object.keys(filter).length > 0;
	const base = tenant === undefined ? "/api/platform/audit" : `/api/tenants/${tenant}/audit`;
	const open = rows?.find((row) => row.id === shown);
	return (
		<Stack>
			<Filters>
				<Typed label={t("filterText")} value={text} onChange={setText} />
				<Typed label={t("filterAction")} value={action} onChange={setAction} />
				<Typed label={t("filterActor")} value={actor} onChange={setActor} />
				<FilterSelect
					label={t("span")}
					value={span}
					onChange={setSpan}
					options={SPANS.map((value) => ({ value, label: t(`span_${value}`) }))}
				/>
				<SavedViews />
				{(["csv", "ndjson"] as const).map((format) => (
					<LinkButton
						key={format}
						icon={<Download size={16} />}
						href={`${base}/export${auditQuery({ ...filter, format })}`}
						download={`audit.${format}`}
					>
						{format === "csv" ? "CSV" : "NDJSON"}
					</LinkButton>
				))}
				<CodeButton path={`${base}${auditQuery(filter)}`} />
			</Filters>
			<Panel flush>
				<Table
					label={t("audit")}
					columns={useColumns(tenant === undefined)}
					rows={rows}
					rowKey={(row) => row.id}
					error={audit.error}
					onRetry={() => void audit.refetch()}
					onRowClick={(row) => setShown(row.id)}
					selectedKey={shown}
					empty={
						audit.hasNextPage ? (
							<Empty title={t("auditNotYet")}>{t("auditNotYetText")}</Empty>
						) : (
							<Empty title={filtered ? t("auditNoMatch") : t("auditEmpty")}>
								{filtered ? t("auditNoMatchText") : t("auditEmptyText")}
							</Empty>
						)
					}
				/>
			</Panel>
			{audit.hasNextPage && (
				<Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
					{t("older")}
				</Button>
			)}
			<Drawer
				open={open !== undefined}
				onOpenChange={(next) => !next && setShown("")}
				title={open?.action ?? ""}
			>
				{open && <Event event={open} />}
			</Drawer>
		</Stack>
	);
}

/** Asked on Enter: a search of the log is work for the server. */
function Typed({
	label,
	value,
	onChange,
}: {
	label: string;
	value: string;
	onChange: (value: string) => void;
}) {
	const [typed, setTyped] = useState(value);
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				onChange(typed.trim());
			}}
		>
			<SearchField
				label={label}
				value={typed}
				maxLength={256}
				onChange={(event) => {
					setTyped(event.target.value);
					if (event.target.value === "") onChange("");
				}}
			/>
		</form>
	);
}

function Actor({ event }: { event: AuditEvent }) {
	const t = useTranslations("oversight");
	if (event.staff) return <Tag>{t("staff")}</Tag>;
	return event.actor === null ? <None /> : <CopyId id={event.actor} />;
}

function useColumns(across: boolean): Column<AuditEvent>[] {
	const t = useTranslations("oversight");
	const columns: Column<AuditEvent>[] = [
		{
			id: "action",
			header: t("action"),
			primary: true,
			cell: (event) => <StateLink to={{ event: event.id }}>{event.action}</StateLink>,
		},
		{ id: "time", header: t("time"), cell: (event) => <Time at={event.time} /> },
		{ id: "actor", header: t("actor"), cell: (event) => <Actor event={event} /> },
		{
			id: "target",
			header: t("target"),
			secondary: true,
			cell: (event) => (event.target === null ? <None /> : <CopyId id={event.target} />),
		},
		{
			id: "status",
			header: t("outcome"),
			cell: (event) => {
				const { tone, word } = outcomeOf(event.status);
				return (
					<Badge tone={tone}>
						{t(word)}
						{event.status === 0 ? "" : ` ${event.status}`}
					</Badge>
				);
			},
		},
	];
	if (across)
		columns.push({
			id: "tenant",
			header: t("tenant"),
			secondary: true,
			cell: (event) => <CopyId id={event.tenant_id} />,
		});
	return columns;
}

function Event({ event }: { event: AuditEvent }) {
	const t = useTranslations("oversight");
	return (
		<Stack gap={5}>
			<DescriptionList
				items={[
					{ term: t("time"), value: <Time at={event.time} /> },
					{ term: t("tenant"), value: <CopyId id={event.tenant_id} /> },
					{ term: t("actor"), value: <Actor event={event} /> },
					{
						term: t("target"),
						value: event.target === null ? <None /> : <CopyId id={event.target} />,
					},
					{ term: t("source"), value: event.source },
					{
						term: t("request"),
						value: event.request_id === null ? <None /> : <CopyId id={event.request_id} />,
					},
				]}
			/>
			<CodeBlock code={JSON.stringify(event.details, null, 2)} label={t("line")} wrap />
		</Stack>
	);
}
