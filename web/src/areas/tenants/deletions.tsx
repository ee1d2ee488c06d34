// SPDX-License-Identifier: Apache-2.0
// Receipts: what was removed with a tenant, and what was kept and why.
"use client";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { Badge } from "@/ui/bits";
import { CodeBlock, CopyId } from "@/ui/copy";
import { Drawer } from "@/ui/dialog";
import { None, Num, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { DescriptionList, Panel, Stack } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { type Column, Pager, Table } from "@/ui/table";
import { type Deletion, useDeletions } from "./queries";

interface Removed {
	service: string;
	part: string;
	n: number;
}

interface Kept {
	service: string;
	part: string;
	rows: number;
	reason: string;
}

/** Receipts are canonical JSON; what is not there is shown as nothing. */
function partsOf(receipt: unknown): { removed: Removed[]; kept: Kept[] } {
	const lists = (receipt ?? {}) as { removed?: Removed[]; kept?: Kept[] };
	return { removed: lists.removed ?? [], kept: lists.kept ?? [] };
}

export function Deletions() {
	const t = useTranslations("tenants");
	const [shown, setShown] = useQueryState("receipt");
	const deletions = useDeletions();
	const columns: Column<Deletion>[] = [
		{
			id: "name",
			header: t("name"),
			primary: true,
			cell: (row) => <StateLink to={{ receipt: row.id }}>{row.name}</StateLink>,
		},
		{
			id: "status",
			header: t("state"),
			cell: (row) => (
				<Badge tone={row.status === "completed" ? "good" : "info"}>{t(row.status)}</Badge>
			),
		},
		{ id: "begun", header: t("begun"), cell: (row) => <Time at={row.created_at} /> },
		{
			id: "ended",
			header: t("ended"),
			secondary: true,
			cell: (row) => (row.completed_at === null ? <None /> : <Time at={row.completed_at} />),
		},
	];
	const open = deletions.rows?.find((row) => row.id === shown);
	return (
		<Stack>
			<Panel flush>
				<Table
					label={t("receipts")}
					columns={columns}
					rows={deletions.rows}
					rowKey={(row) => row.id}
					error={deletions.error}
					onRetry={deletions.refetch}
					onRowClick={(row) => setShown(row.id)}
					selectedKey={shown}
					empty={<Empty title={t("noReceipts")}>{t("noReceiptsText")}</Empty>}
				/>
			</Panel>
			<Pager {...deletions.pager} />
			<Drawer
				open={open !== undefined}
				onOpenChange={(next) => !next && setShown("")}
				title={t("receiptOf", { name: open?.name ?? "" })}
			>
				{open && <Receipt deletion={open} />}
			</Drawer>
		</Stack>
	);
}

function Receipt({ deletion }: { deletion: Deletion }) {
	const t = useTranslations("tenants");
	const { removed, kept } = partsOf(deletion.receipt);
	const some = removed.filter((row) => row.n > 0);
	const columns: Column<Removed>[] = [
		{ id: "service", header: t("service"), cell: (row) => row.service },
		{ id: "part", header: t("part"), primary: true, cell: (row) => <code>{row.part}</code> },
		{ id: "n", header: t("count"), align: "end", cell: (row) => <Num value={row.n} /> },
	];
	return (
		<Stack gap={5}>
			<DescriptionList
				items={[
					{ term: t("id"), value: <CopyId id={deletion.tenant} /> },
					{ term: t("requestedBy"), value: <CopyId id={deletion.requested_by} /> },
					{ term: t("begun"), value: <Time at={deletion.created_at} /> },
					{
						term: t("ended"),
						value:
							deletion.completed_at === null ? (
								t("in_progress")
							) : (
								<Time at={deletion.completed_at} />
							),
					},
					...(deletion.key_destroyed_at === null
						? []
						: [
								{
									term: t("keyDestroyed"),
									value: <Time at={deletion.key_destroyed_at} />,
								},
							]),
				]}
			/>
			{deletion.receipt_sha256 !== null && (
				<CodeBlock code={deletion.receipt_sha256} label="SHA-256" wrap />
			)}
			<Panel title={t("removed")} flush>
				<Table
					label={t("removed")}
					columns={columns}
					rows={some}
					rowKey={(row) => `${row.service} ${row.part}`}
					empty={<Empty title={t("nothingRemoved")} />}
				/>
			</Panel>
			{kept.length > 0 && (
				<Panel title={t("kept")}>
					<DescriptionList
						items={kept.map((row) => ({
							term: `${row.service}: ${row.part}`,
							value: t("keptRows", { count: row.rows, reason: row.reason }),
						}))}
					/>
				</Panel>
			)}
		</Stack>
	);
}
