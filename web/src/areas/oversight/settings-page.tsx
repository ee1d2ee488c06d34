// SPDX-License-Identifier: Apache-2.0
// The settings in force, and where each came from. They are set in the file and by variables, not here.
"use client";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { Badge, Tag } from "@/ui/bits";
import { CodeButton } from "@/ui/code-button";
import { SearchField } from "@/ui/field";
import { None } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Muted, Page, Panel, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { type Column, Filters, Table } from "@/ui/table";
import { type Setting, useSettings } from "./queries";
import { StripePanel } from "./stripe-panel";

type Origin = "all" | "set" | "default";

export function PlatformSettingsPage() {
	const t = useTranslations("oversight");
	return (
		<Page title={t("settings")} description={t("settingsText")}>
			<StripePanel />
			<Settings />
		</Page>
	);
}

function Settings() {
	const t = useTranslations("oversight");
	const [text, setText] = useQueryState("text");
	const [originText, setOrigin] = useQueryState("origin", "set");
	const origin: Origin = originText === "all" || originText === "default" ? originText : "set";
	const settings = useSettings();
	const needle = text.trim().toLowerCase();
	// The list is whole here; nothing is asked anew for a filter.
	const rows = settings.data?.data.filter(
		(row) =>
			(needle === "" || `${row.name} ${row.help}`.toLowerCase().includes(needle)) &&
			(origin === "all" || (origin === "default") === (row.from === "default")),
	);
	return (
		<>
			<Filters>
				<SearchField
					label={t("searchSettings")}
					value={text}
					onChange={(event) => setText(event.target.value)}
				/>
				<FilterSelect
					label={t("from")}
					value={origin}
					onChange={setOrigin}
					options={[
						{ value: "all", label: t("origin_all") },
						{ value: "set", label: t("origin_set") },
						{ value: "default", label: t("origin_default") },
					]}
				/>
				<CodeButton path="/api/platform/settings" />
			</Filters>
			<Panel flush>
				<Table
					label={t("settings")}
					columns={useColumns()}
					rows={rows}
					rowKey={(row) => row.name}
					error={settings.error}
					onRetry={() => void settings.refetch()}
					initialSort={{ id: "name" }}
					empty={<Empty title={t("noSettings")}>{t("noSettingsText")}</Empty>}
				/>
			</Panel>
		</>
	);
}

function useColumns(): Column<Setting>[] {
	const t = useTranslations("oversight");
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
			sort: (row) => row.name,
			cell: (row) => (
				<Stack gap={1}>
					<code>{row.name}</code>
					<Muted>{row.help}</Muted>
				</Stack>
			),
		},
		{
			id: "value",
			header: t("value"),
			cell: (row) =>
				row.type === "secret" ? (
					<Tag>{row.value === "" ? t("notSet") : t("hidden")}</Tag>
				) : row.value === "" ? (
					<None>{t("empty")}</None>
				) : (
					<code>{row.value}</code>
				),
		},
		{
			id: "default",
			header: t("defaultValue"),
			secondary: true,
			cell: (row) =>
				row.type === "secret" || row.default === "" ? <None /> : <code>{row.default}</code>,
		},
		{
			id: "from",
			header: t("from"),
			sort: (row) => row.from,
			cell: (row) =>
				row.from === "default" ? (
					<Muted>{t("origin_default")}</Muted>
				) : (
					<Badge tone="info">{row.from}</Badge>
				),
		},
	];
}
