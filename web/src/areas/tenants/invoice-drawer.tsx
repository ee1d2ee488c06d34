// SPDX-License-Identifier: Apache-2.0
// One invoice with its lines, its PDF and what may be done with it in its state.
"use client";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { Amount } from "@/ui/amount";
import { Badge, Skeleton } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/button";
import { ConfirmDialog, Drawer, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Panel, Row, Stack } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type Invoice, type InvoiceAct, useInvoice, useInvoiceAct } from "./queries";
import { INVOICE_TONES } from "./state";

type Act = InvoiceAct["act"];

/** What the state of an invoice admits. */
export function actsOf(invoice: Pick<Invoice, "object" | "status">): Act[] {
	if (invoice.status === "draft") return ["finalize", "remove"];
	if (invoice.object === "credit_note") return [];
	if (invoice.status === "open") return ["pay", "credit", "void", "writeOff"];
	return invoice.status === "paid" ? ["credit"] : [];
}

interface InvoiceDrawerProps {
	tenant: string;
	/** "" shows none. */
	id: string;
	writable: boolean;
	onClose: () => void;
}

export function InvoiceDrawer({ tenant, id, writable, onClose }: InvoiceDrawerProps) {
	const t = useTranslations("tenants");
	const query = useInvoice(tenant, id);
	const [act, setAct] = useState<Act | null>(null);
	const invoice = id === "" ? undefined : query.data;
	return (
		<>
			<Drawer
				open={id !== ""}
				onOpenChange={(open) => !open && onClose()}
				title={
					invoice === undefined
						? t("invoice")
						: (invoice.number ?? t(invoice.object === "credit_note" ? "creditNote" : "invoice"))
				}
				footer={
					invoice && (
						<Row>
							{invoice.number !== null && (
								<LinkButton
									icon={<Download size={16} />}
									href={`/api/tenants/${tenant}/invoices/${invoice.id}/pdf`}
									download={`${invoice.number}.pdf`}
								>
									PDF
								</LinkButton>
							)}
							{writable &&
								actsOf(invoice).map((each) => (
									<Button key={each} onClick={() => setAct(each)}>
										{t(`do_${each}`)}
									</Button>
								))}
						</Row>
					)
				}
			>
				{query.error ? (
					<ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
				) : invoice ? (
					<Details invoice={invoice} />
				) : (
					<Skeleton lines={8} />
				)}
			</Drawer>
			{invoice && act && (
				<ActDialog
					tenant={tenant}
					invoice={invoice}
					act={act}
					onClose={() => setAct(null)}
					onRemoved={onClose}
				/>
			)}
		</>
	);
}

type Detail = NonNullable<ReturnType<typeof useInvoice>["data"]>;

function Details({ invoice }: { invoice: Detail }) {
	const t = useTranslations("tenants");
	const amount = (value: string) => <Amount value={value} currency={invoice.currency} />;
	const columns: Column<Detail["lines"][number]>[] = [
		{
			id: "description",
			header: t("line"),
			primary: true,
			cell: (line) => line.description || [line.act, line.model].filter(Boolean).join(" "),
		},
		{ id: "amount", header: t("amount"), align: "end", cell: (line) => amount(line.amount) },
	];
	return (
		<Stack gap={5}>
			<DescriptionList
				items={[
					{
						term: t("state"),
						value: (
							<Badge tone={invoice.past_due ? "bad" : INVOICE_TONES[invoice.status]}>
								{invoice.past_due ? t("pastDue") : t(`invoice_${invoice.status}`)}
							</Badge>
						),
					},
					{ term: t("buyer"), value: invoice.buyer.name || <None /> },
					{
						term: t("period"),
						value:
							invoice.starts_on === null || invoice.ends_on === null ? (
								<None />
							) : (
								`${invoice.starts_on} – ${invoice.ends_on}`
							),
					},
					{ term: t("subtotal"), value: amount(invoice.subtotal) },
					{
						term: `${invoice.tax_name || t("tax")} ${invoice.tax_rate} %`,
						value: amount(invoice.tax),
					},
					{ term: t("total"), value: <strong>{amount(invoice.total)}</strong> },
					{ term: t("paid"), value: amount(invoice.amount_paid) },
					{ term: t("stillDue"), value: amount(invoice.amount_remaining) },
					{
						term: t("due"),
						value: invoice.due_at === null ? <None /> : <Time at={invoice.due_at} dateOnly />,
					},
				]}
			/>
			<Panel title={t("lines")} flush>
				<Table
					label={t("lines")}
					columns={columns}
					rows={invoice.lines}
					rowKey={(line) => String(invoice.lines.indexOf(line))}
					empty={<Empty title={t("noLines")} />}
				/>
			</Panel>
		</Stack>
	);
}

interface ActDialogProps {
	tenant: string;
	invoice: Detail;
	act: Act;
	onClose: () => void;
	onRemoved: () => void;
}

function ActDialog({ tenant, invoice, act, onClose, onRemoved }: ActDialogProps) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const write = useInvoiceAct(tenant);
	const [words, setWords] = useState("");
	const [amount, setAmount] = useState("");
	const value = typedAmount(amount);
	const send = (input: InvoiceAct) =>
		write.mutate(input, {
			onSuccess: () => {
				onClose();
				if (input.act === "remove") onRemoved();
				toast(t("invoiceSaved"));
			},
		});
	const shared = {
		open: true,
		onOpenChange: (open: boolean) => !open && onClose(),
		title: t(`do_${act}`),
		description: t(`text_${act}`),
		busy: write.isPending,
	};
	if (act !== "pay" && act !== "credit")
		return (
			<ConfirmDialog
				{...shared}
				action={t(`do_${act}`)}
				onConfirm={() => send({ act, invoice: invoice.id })}
			>
				{write.error && <ErrorPanel error={write.error} />}
			</ConfirmDialog>
		);
	return (
		<FormDialog
			{...shared}
			submit={t(`do_${act}`)}
			disabled={words.trim() === "" || value === undefined}
			onSubmit={() =>
				send(
					act === "pay"
						? { act, invoice: invoice.id, reference: words.trim() }
						: { act, invoice: invoice.id, reason: words.trim(), amount: value ?? undefined },
				)
			}
		>
			<Stack>
				{write.error && <ErrorPanel error={write.error} />}
				<TextField
					label={act === "pay" ? t("reference") : t("reason")}
					hint={act === "pay" ? t("referenceHint") : undefined}
					maxLength={200}
					value={words}
					onChange={(event) => setWords(event.target.value)}
				/>
				{act === "credit" && (
					<TextField
						label={t("amount")}
						optional
						hint={t("creditAmountHint")}
						inputMode="decimal"
						suffix={invoice.currency}
						value={amount}
						error={value === undefined && t("numberError")}
						onChange={(event) => setAmount(event.target.value)}
					/>
				)}
			</Stack>
		</FormDialog>
	);
}
