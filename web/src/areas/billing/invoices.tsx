// Invoices and credit notes.
"use client";
import { FileDown } from "lucide-react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { Amount } from "@/ui/amount";
import { Badge, Tag, type Tone } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/button";
import { None, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
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
					columns={useColumns(setId)}
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

function useColumns(open: (id: string) => void): Column<Invoice>[] {
	const t = useTranslations("billing");
	return [
		{
			id: "number",
			header: t("number"),
			primary: true,
			cell: (invoice) => (
				<Row>
					<Button size="s" variant="quiet" onClick={() => open(invoice.id)}>
						{invoice.number ?? t("draft")}
					</Button>
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
			cell: (invoice) =>
				invoice.starts_on === null || invoice.ends_on === null ? (
					<None />
				) : (
					<>
						<Day on={invoice.starts_on} /> – <Day on={invoice.ends_on} before />
					</>
				),
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

/** A day of usage, which is one of UTC: written as it is, whatever the reader's zone. */
export function Day({ on, before }: { on: string; before?: boolean }) {
	const day = new Date(`${on}T12:00:00Z`);
	if (before) day.setUTCDate(day.getUTCDate() - 1);
	return <time dateTime={on}>{day.toISOString().slice(0, 10)}</time>;
}
