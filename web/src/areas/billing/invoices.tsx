// SPDX-License-Identifier: Apache-2.0
// Invoices and credit notes.
"use client";
import { FileDown } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { Amount } from "@/ui/amount";
import { Badge, Tag, type Tone } from "@/ui/bits";
import { LinkButton } from "@/ui/button";
import { None, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { StateLink } from "@/ui/state-link";
import { type Column, Filters, Pager, Table } from "@/ui/table";
import { InvoiceDrawer } from "./invoice-drawer";
import { type Invoice, useInvoices } from "./queries";

const STATUSES = ["", "draft", "open", "paid", "void", "uncollectible"] as const;
type Status = (typeof STATUSES)[number];

const TONES: Record<Invoice["status"], Tone> = {
	draft: "neutral",
	open: "info",
	paid: "good",
	void: "neutral",
	uncollectible: "bad",
};

export function InvoiceState({ invoice }: { invoice: Invoice }) {
	const t = useTranslations("billing");
	return invoice.past_due ? (
		<Badge tone="bad">{t("pastDue")}</Badge>
	) : (
		<Badge tone={TONES[invoice.status]}>{t(`invoice_${invoice.status}`)}</Badge>
	);
}

export function Invoices() {
	const t = useTranslations("billing");
	const [statusText, setStatus] = useQueryState("status");
	const [id, setId] = useQueryState("id");
	const status = STATUSES.find((each) => each === statusText) ?? "";
	const invoices = useInvoices(status);
	return (
		<Stack>
			<Filters>
				<FilterSelect<Status>
					label={t("state")}
					value={status}
					onChange={setStatus}
					options={STATUSES.map((each) => ({
						value: each,
						label: each === "" ? t("allInvoices") : t(`invoice_${each}`),
					}))}
				/>
			</Filters>
			<Panel flush>
				<Table
					label={t("invoices")}
					columns={useColumns()}
					rows={invoices.rows}
					rowKey={(invoice) => invoice.id}
					error={invoices.error}
					onRetry={invoices.refetch}
					onRowClick={(invoice) => setId(invoice.id)}
					selectedKey={id}
					empty={<Empty title={t("noInvoicesTitle")}>{t("noInvoicesText")}</Empty>}
				/>
			</Panel>
			<Pager {...invoices.pager} />
			<InvoiceDrawer id={id} onClose={() => setId("")} />
		</Stack>
	);
}

function useColumns(): Column<Invoice>[] {
	const t = useTranslations("billing");
	return [
		{
			id: "number",
			header: t("number"),
			primary: true,
			cell: (invoice) => (
				<Row>
					<StateLink to={{ id: invoice.id }}>{invoice.number ?? t("draft")}</StateLink>
					{invoice.object === "credit_note" && <Tag>{t("creditNote")}</Tag>}
				</Row>
			),
		},
		{
			id: "state",
			header: t("state"),
			cell: (invoice) => <InvoiceState invoice={invoice} />,
		},
		{
			id: "period",
			header: t("usageOf"),
			secondary: true,
			cell: (invoice) => <Days invoice={invoice} />,
		},
		{
			id: "total",
			header: t("total"),
			align: "end",
			cell: (invoice) => <Amount value={invoice.total} currency={invoice.currency} />,
		},
		{
			id: "remaining",
			header: t("remaining"),
			align: "end",
			cell: (invoice) => <Amount value={invoice.amount_remaining} currency={invoice.currency} />,
		},
		{
			id: "due",
			header: t("dueAt"),
			secondary: true,
			cell: (invoice) =>
				invoice.due_at === null ? <None /> : <Time at={invoice.due_at} dateOnly />,
		},
		{
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (invoice) =>
				invoice.number !== null && (
					<LinkButton
						size="s"
						icon={<FileDown size={14} />}
						href={`/api/billing/invoices/${invoice.id}/pdf`}
						download={`${invoice.number}.pdf`}
					>
						PDF
					</LinkButton>
				),
		},
	];
}

/** Days of usage, which are those of UTC, whatever the reader's zone; the last one is included. */
export function Days({ invoice }: { invoice: Invoice }) {
	const format = useFormatter();
	const { starts_on: from, ends_on: until } = invoice;
	// An invoice of no usage begins where it ends.
	if (from === null || until === null || from >= until) return <None />;
	const last = new Date(`${until}T00:00:00Z`);
	last.setUTCDate(last.getUTCDate() - 1);
	return format.dateTimeRange(new Date(`${from}T00:00:00Z`), last, {
		dateStyle: "medium",
		timeZone: "UTC",
	});
}
