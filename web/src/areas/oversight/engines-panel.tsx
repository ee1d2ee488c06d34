// SPDX-License-Identifier: Apache-2.0
// The engines of the platform's models: whether they answer, what they do now, how fast they were.
"use client";
import { useTranslations } from "use-intl";
import { Badge, Tag } from "@/ui/bits";
import { None, Num, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Panel } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { type Engine, useEngines } from "./queries";
import { ENGINE_TONES } from "./state";

export function EnginesPanel() {
	const t = useTranslations("oversight");
	const engines = useEngines();
	return (
		<Panel title={t("engines")} description={t("enginesText")} flush>
			<Table
				label={t("engines")}
				columns={useColumns()}
				rows={engines.data?.data}
				rowKey={(row) => row.id}
				error={engines.error}
				onRetry={() => void engines.refetch()}
				empty={<Empty title={t("noEngines")}>{t("noEnginesText")}</Empty>}
			/>
		</Panel>
	);
}

function useColumns(): Column<Engine>[] {
	const t = useTranslations("oversight");
	const speed = (value: number) => (value === 0 ? <None /> : <Num value={value} />);
	return [
		{
			id: "model",
			header: t("model"),
			primary: true,
			cell: (row) => (
				<>
					<strong>{row.model}</strong> <Tag>{row.kind}</Tag>
				</>
			),
		},
		{
			id: "state",
			header: t("state"),
			cell: (row) => <Badge tone={ENGINE_TONES[row.state]}>{t(`engine_${row.state}`)}</Badge>,
		},
		{
			id: "running",
			header: t("engineBusy"),
			align: "end",
			cell: (row) =>
				row.slots === 0 ? (
					<Num value={row.running} />
				) : (
					t("engineSlots", { running: row.running, slots: row.slots })
				),
		},
		{
			id: "waiting",
			header: t("engineWaiting"),
			align: "end",
			cell: (row) => <Num value={row.waiting} />,
		},
		{
			id: "read",
			header: t("engineReads"),
			align: "end",
			secondary: true,
			cell: (row) => speed(row.read_per_s),
		},
		{
			id: "written",
			header: t("engineWrites"),
			align: "end",
			secondary: true,
			cell: (row) => speed(row.written_per_s),
		},
		{
			id: "error",
			header: t("lastError"),
			cell: (row) =>
				row.error === null || row.failed_at === null ? (
					<None />
				) : (
					<>
						<span dir="auto">{row.error}</span> <Time at={row.failed_at} relative />
					</>
				),
		},
	];
}
