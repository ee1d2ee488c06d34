// SPDX-License-Identifier: Apache-2.0
// What a deletion removed, counted by the server; followed until nothing is left.
"use client";
import { useTranslations } from "use-intl";
import { Badge } from "@/ui/bits";
import { CopyId } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Bytes, Num, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { DescriptionList, Stack } from "@/ui/page";
import { Pager, Table } from "@/ui/table";
import { type Receipt, useReceipt, useReceipts } from "./queries";

function ReceiptBadge({ receipt }: { receipt: Receipt }) {
	const t = useTranslations("documents");
	return receipt.status === "completed" ? (
		<Badge tone="good">{t("receiptDone")}</Badge>
	) : (
		<Badge tone="info">{t("receiptWorking")}</Badge>
	);
}

export function ReceiptDialog({
	receipt: first,
	onClose,
}: {
	receipt: Receipt | null;
	onClose: () => void;
}) {
	const t = useTranslations("documents");
	const receipt = useReceipt(first);
	return (
		<Dialog
			open={first !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("receiptTitle")}
			description={t("receiptText")}
		>
			{receipt && <Facts receipt={receipt} />}
		</Dialog>
	);
}

function Facts({ receipt }: { receipt: Receipt }) {
	const t = useTranslations("documents");
	const counted = Object.entries(receipt.removed).filter(([, count]) => count > 0);
	return (
		<DescriptionList
			items={[
				{ term: t("state"), value: <ReceiptBadge receipt={receipt} /> },
				{ term: t("receipt"), value: <CopyId id={receipt.id} /> },
				{ term: t("subject"), value: <CopyId id={receipt.subject} /> },
				{ term: t("deletedAt"), value: <Time at={receipt.created_at} /> },
				...counted.map(([name, count]) => ({
					term: <code>{name}</code>,
					value: name.endsWith(".bytes") ? <Bytes value={count} /> : <Num value={count} />,
				})),
			]}
		/>
	);
}

export function ReceiptsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
	const t = useTranslations("documents");
	return (
		<Dialog
			wide
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("receipts")}
			description={t("receiptsText")}
		>
			{open && <Receipts />}
		</Dialog>
	);
}

function Receipts() {
	const t = useTranslations("documents");
	const receipts = useReceipts();
	return (
		<Stack>
			<Table<Receipt>
				label={t("receipts")}
				rows={receipts.rows}
				rowKey={(receipt) => receipt.id}
				error={receipts.error}
				onRetry={receipts.refetch}
				empty={<Empty title={t("noReceipts")}>{t("noReceiptsText")}</Empty>}
				columns={[
					{
						id: "kind",
						header: t("kind"),
						primary: true,
						cell: (receipt) => t(`kind_${receipt.kind.replaceAll(".", "_") as "file"}`),
					},
					{ id: "id", header: t("receipt"), cell: (receipt) => <CopyId id={receipt.id} /> },
					{
						id: "subject",
						header: t("subject"),
						cell: (receipt) => <CopyId id={receipt.subject} />,
					},
					{
						id: "state",
						header: t("state"),
						cell: (receipt) => <ReceiptBadge receipt={receipt} />,
					},
					{
						id: "chunks",
						header: t("chunks"),
						align: "end",
						cell: (receipt) => <Num value={receipt.removed.chunk ?? 0} />,
					},
					{
						id: "at",
						header: t("deletedAt"),
						cell: (receipt) => <Time at={receipt.created_at} />,
					},
				]}
			/>
			<Pager {...receipts.pager} />
		</Stack>
	);
}
