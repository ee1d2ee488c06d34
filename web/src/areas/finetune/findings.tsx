// SPDX-License-Identifier: Apache-2.0
// What is wrong with the files of a job, by line and field.
"use client";
import { useTranslations } from "use-intl";
import { Badge } from "@/ui/bits";
import { None, Num } from "@/ui/format";
import { Panel } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { checkedOf, type Finding, findingsOf } from "./curve";
import type { Job, JobEvent } from "./queries";

export function Findings({ job, events }: { job: Job; events: JobEvent[] }) {
	const t = useTranslations("finetune");
	const checked = checkedOf(job.bulkhead.data);
	const rows = findingsOf(events);
	const columns: Column<Finding>[] = [
		{
			id: "message",
			header: t("finding"),
			primary: true,
			cell: (row) => <bdi lang="en">{row.message}</bdi>,
		},
		{
			id: "level",
			header: t("level"),
			cell: (row) =>
				row.level === "error" ? (
					<Badge tone="bad">{t("levelError")}</Badge>
				) : (
					<Badge tone="warn">{t("levelWarn")}</Badge>
				),
			sort: (row) => row.level,
		},
		{
			id: "file",
			header: t("file"),
			cell: (row) => t(row.file === "validation" ? "validation" : "training"),
			sort: (row) => row.file,
		},
		{
			id: "line",
			header: t("line"),
			align: "end",
			cell: (row) => (row.line === 0 ? <None /> : <Num value={row.line} />),
			sort: (row) => row.line,
		},
		{
			id: "field",
			header: t("field"),
			cell: (row) => (row.field === "" ? <None /> : <code>{row.field}</code>),
			sort: (row) => row.field,
		},
	];
	if (checked === null) return null;
	const { examples, errors, warnings } = checked;
	return (
		<Panel
			title={t("dataCheck")}
			description={t("dataCheckText", { examples, errors, warnings })}
			flush
		>
			{rows.length > 0 ? (
				<Table
					label={t("dataCheck")}
					columns={columns}
					rows={rows}
					rowKey={(row) => String(row.number)}
					empty={null}
				/>
			) : undefined}
		</Panel>
	);
}
