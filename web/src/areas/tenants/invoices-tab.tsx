// SPDX-License-Identifier: Apache-2.0
// Invoices and credit notes of a tenant: make, finalize, note as paid, void, write off, credit.
"use client";
import { FileText } from "lucide-react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Badge } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { ConfirmDialog } from "@/ui/dialog";
import { None, Time } from "@/ui/format";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Panel, Stack } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { InvoiceDrawer } from "./invoice-drawer";
import { type Invoice, useCreateInvoice, useInvoices } from "./queries";
import { INVOICE_TONES } from "./state";

export function InvoicesTab({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const invoices = useInvoices(tenant);
	const [shown, setShown] = useQueryState("invoice");
	const [making, setMaking] = useDo("invoice");
	const writable = can("tenants:write");
	const make = writable && (
		<Button icon={<FileText size={16} />} onClick={() => setMaking(true)}>
			{t("makeInvoice")}
		</Button>
	);
	return (
		<Stack>
			<Panel
				title={t("invoices")}
				actions={
					<>
						<CodeButton path={`/api/tenants/${tenant}/invoices`} />
						{make}
					</>
				}
				flush
			>
				<Table
					label={t("invoices")}
					columns={useColumns()}
					rows={invoices.rows}
					rowKey={(row) => row.id}
					error={invoices.error}
					onRetry={invoices.refetch}
					onRowClick={(row) => setShown(row.id)}
					selectedKey={shown}
					empty={
						<Empty title={t("noInvoices")} action={make}>
							{t("noInvoicesText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...invoices.pager} />
			<InvoiceDrawer tenant={tenant} id={shown} writable={writable} onClose={() => setShown("")} />
			<MakeDialog
				tenant={tenant}
				open={making && writable}
				onClose={() => setMaking(false)}
				onMade={setShown}
			/>
		</Stack>
	);
}

function useColumns(): Column<Invoice>[] {
	const t = useTranslations("tenants");
	return [
		{
			id: "number",
			header: t("number"),
			primary: true,
			cell: (row) => <StateLink to={{ invoice: row.id }}>{row.number ?? t("draft")}</StateLink>,
		},
		{
			id: "kind",
			header: t("kind"),
			cell: (row) => (row.object === "credit_note" ? t("creditNote") : t("invoice")),
		},
		{
			id: "status",
			header: t("state"),
			cell: (row) => (
				<Badge tone={row.past_due ? "bad" : INVOICE_TONES[row.status]}>
					{row.past_due ? t("pastDue") : t(`invoice_${row.status}`)}
				</Badge>
			),
		},
		{
			id: "total",
			header: t("total"),
			align: "end",
			cell: (row) => <Amount value={row.total} currency={row.currency} />,
		},
		{
			id: "remaining",
			header: t("stillDue"),
			align: "end",
			secondary: true,
			cell: (row) => <Amount value={row.amount_remaining} currency={row.currency} />,
		},
		{
			id: "due",
			header: t("due"),
			secondary: true,
			cell: (row) => (row.due_at === null ? <None /> : <Time at={row.due_at} dateOnly />),
		},
		{
			id: "created",
			header: t("created"),
			secondary: true,
			cell: (row) => <Time at={row.created_at} dateOnly />,
		},
	];
}

interface MakeProps {
	tenant: string;
	open: boolean;
	onClose: () => void;
	onMade: (id: string) => void;
}

function MakeDialog({ tenant, open, onClose, onMade }: MakeProps) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const make = useCreateInvoice(tenant);
	const close = () => {
		make.reset();
		onClose();
	};
	return (
		<ConfirmDialog
			open={open}
			onOpenChange={(next) => !next && close()}
			title={t("makeInvoice")}
			description={t("makeInvoiceText")}
			action={t("makeInvoice")}
			busy={make.isPending}
			onConfirm={() =>
				make.mutate(
					{},
					{
						onSuccess: (invoice) => {
							close();
							toast(t("invoiceMade"));
							onMade(invoice.id);
						},
					},
				)
			}
		>
			{make.error && <ErrorPanel error={make.error} />}
		</ConfirmDialog>
	);
}
