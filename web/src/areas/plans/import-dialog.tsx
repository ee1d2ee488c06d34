// SPDX-License-Identifier: Apache-2.0
// Import of prices: choose a file, read what would change, then set it.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { FormDialog } from "@/ui/dialog";
import { DropZone } from "@/ui/drop-zone";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type PriceImport, type PriceImported, useImportPrices } from "./queries";
import { itemsOf } from "./state";

const MOST = 500;
const FILE_BYTES = 20_000_000;
const SHOWN = 100;

interface Chosen {
	source: string;
	items: PriceImport["items"];
	left: number;
}

type Fault = "tooLarge" | "noFile" | "tooMany" | "nothingInFile";

export function ImportDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
	const t = useTranslations("plans");
	const toast = useToast();
	const trial = useImportPrices(tenant);
	const save = useImportPrices(tenant);
	const [chosen, setChosen] = useState<Chosen | null>(null);
	const [fault, setFault] = useState<Fault | null>(null);
	const report = trial.data;
	const choose = async (file: File | undefined) => {
		setChosen(null);
		setFault(null);
		trial.reset();
		if (!file) return;
		if (file.size > FILE_BYTES) return setFault("tooLarge");
		const found = itemsOf(await file.text());
		if (!found) return setFault("noFile");
		if (found.items.length === 0) return setFault("nothingInFile");
		if (found.items.length > MOST) return setFault("tooMany");
		const next = { source: file.name.slice(0, 200), items: found.items, left: found.left };
		setChosen(next);
		trial.mutate({ source: next.source, items: next.items, dry_run: true });
	};
	const error = trial.error ?? save.error;
	return (
		<FormDialog
			wide
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("importTitle")}
			description={t("importText")}
			submit={report ? t("importCount", { count: report.changed }) : t("import")}
			disabled={!report || report.changed === 0}
			busy={trial.isPending || save.isPending}
			onSubmit={() =>
				chosen &&
				save.mutate(
					{ source: chosen.source, items: chosen.items },
					{
						onSuccess: (done) => {
							onClose();
							toast(t("importedToast", { count: done.changed }));
						},
					},
				)
			}
		>
			<Stack>
				{error && <ErrorPanel error={error} />}
				{fault && <Callout tone="bad">{t(fault)}</Callout>}
				<DropZone
					label={chosen ? chosen.source : t("importDrop")}
					hint={t("importHint", { most: MOST })}
					accept=".json,application/json"
					disabled={trial.isPending}
					onFiles={([file]) => void choose(file)}
				/>
				{chosen && report && <Report chosen={chosen} report={report} />}
			</Stack>
		</FormDialog>
	);
}

function Report({ chosen, report }: { chosen: Chosen; report: PriceImported }) {
	const t = useTranslations("plans");
	const columns: Column<PriceImported["items"][number]>[] = [
		{ id: "item", header: t("item"), primary: true, cell: (row) => row.item },
		{ id: "version", header: t("newVersion"), align: "end", cell: (row) => row.version },
	];
	return (
		<>
			<Callout tone={report.changed > 0 ? "info" : "good"} title={t("reportTitle")}>
				{t("report", {
					changed: report.changed,
					unchanged: report.unchanged,
					left: chosen.left,
				})}
			</Callout>
			{report.items.length > 0 && (
				<Table
					label={t("reportTitle")}
					columns={columns}
					rows={report.items.slice(0, SHOWN)}
					rowKey={(row) => row.item}
					empty={<Empty title={t("noMatch")} />}
				/>
			)}
			{report.items.length > SHOWN && <p>{t("andMore", { count: report.items.length - SHOWN })}</p>}
		</>
	);
}
