// SPDX-License-Identifier: Apache-2.0
// One invoice with its lines, its tax and what became of it.
"use client";
import { FileDown } from "lucide-react";
import { useTranslations } from "use-intl";
import { Amount } from "@/ui/amount";
import { Skeleton } from "@/ui/bits";
import { LinkButton } from "@/ui/button";
import { CopyId } from "@/ui/copy";
import { Drawer } from "@/ui/dialog";
import { None, Num, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Muted, Stack } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { Days, InvoiceState } from "./invoices";
import { type InvoiceDetail, useInvoice } from "./queries";

type Line = InvoiceDetail["lines"][number];

export function InvoiceDrawer({ id, onClose }: { id: string; onClose: () => void }) {
	const t = useTranslations("billing");
	const invoice = useInvoice(id);
	const shown = invoice.data;
	return (
		<Drawer
			open={id !== ""}
			onOpenChange={(open) => !open && onClose()}
			title={
				shown?.object === "credit_note"
					? t("creditNoteTitle", { number: shown.number ?? "" })
					: t("invoiceTitle", { number: shown?.number ?? t("draft") })
			}
			footer={
				shown?.number ? (
					<LinkButton
						icon={<FileDown size={16} />}
						href={`/api/billing/invoices/${shown.id}/pdf`}
						download={`${shown.number}.pdf`}
					>
						{t("pdf")}
					</LinkButton>
				) : undefined
			}
		>
			{invoice.error ? (
				<ErrorPanel error={invoice.error} onRetry={() => void invoice.refetch()} />
			) : shown ? (
				<Content invoice={shown} />
			) : (
				<Skeleton lines={8} />
			)}
		</Drawer>
	);
}

function Content({ invoice }: { invoice: InvoiceDetail }) {
	const t = useTranslations("billing");
	const amount = (value: string) => <Amount value={value} currency={invoice.currency} />;
	const facts = [
		{ term: t("state"), value: <InvoiceState invoice={invoice} /> },
		{ term: t("id"), value: <CopyId id={invoice.id} /> },
		{ term: t("createdAt"), value: <Time at={invoice.created_at} /> },
	];
	if (invoice.starts_on !== null && invoice.starts_on !== invoice.ends_on)
		facts.push({ term: t("usageOf"), value: <Days invoice={invoice} /> });
	if (invoice.due_at !== null)
		facts.push({ term: t("dueAt"), value: <Time at={invoice.due_at} dateOnly /> });
	if (invoice.buyer.name !== "")
		facts.push({ term: t("buyer"), value: <span dir="auto">{invoice.buyer.name}</span> });
	const sums = [
		{ term: t("subtotal"), value: amount(invoice.subtotal) },
		{
			term: invoice.tax_name
				? t("taxOf", { name: invoice.tax_name, rate: invoice.tax_rate })
				: t("tax"),
			value: amount(invoice.tax),
		},
		{ term: t("total"), value: amount(invoice.total) },
		{ term: t("carriedIn"), value: amount(invoice.carried_in) },
		{ term: t("carriedOut"), value: amount(invoice.carried_out) },
		{ term: t("due"), value: <strong>{amount(invoice.amount_due)}</strong> },
		{ term: t("paid"), value: amount(invoice.amount_paid) },
		{ term: t("credited"), value: amount(invoice.amount_credited) },
		{ term: t("refunded"), value: amount(invoice.amount_refunded) },
		{ term: t("remaining"), value: <strong>{amount(invoice.amount_remaining)}</strong> },
	];
	return (
		<Stack gap={5}>
			<DescriptionList items={facts} />
			{invoice.reverse_charge && <Callout>{t("reverseCharge")}</Callout>}
			{invoice.tax_note !== "" && <Callout>{invoice.tax_note}</Callout>}
			{invoice.note !== "" && <p dir="auto">{invoice.note}</p>}
			<Table
				label={t("lines")}
				columns={useLineColumns(invoice.currency)}
				rows={invoice.lines}
				rowKey={(line) => String(invoice.lines.indexOf(line))}
				empty={<None>{t("noLines")}</None>}
			/>
			<DescriptionList items={sums} />
		</Stack>
	);
}

function useLineColumns(currency: string): Column<Line>[] {
	const t = useTranslations("billing");
	return [
		{
			id: "description",
			header: t("line"),
			primary: true,
			cell: (line) => (
				<div>
					<span dir="auto">{line.description || t(`line_${line.kind}`)}</span>
					{line.quantities.map((quantity) => (
						<div key={quantity.meter}>
							<Muted>
								<Num value={quantity.quantity} /> {quantity.meter}
								{quantity.included > 0 && (
									<>
										{" "}
										· {t("ofIt")} <Num value={quantity.included} />
									</>
								)}
								{quantity.unit_price !== null && (
									<>
										{" "}
										· {quantity.unit_price} {currency} {t("aMillion")}
									</>
								)}
							</Muted>
						</div>
					))}
				</div>
			),
		},
		{
			id: "amount",
			header: t("amount"),
			align: "end",
			cell: (line) => <Amount value={line.amount} currency={currency} />,
		},
	];
}
