// SPDX-License-Identifier: Apache-2.0
// The invoices of all tenants by their state: who owes what. What is done about one is done at its tenant.
"use client";
import { useTranslations } from "use-intl";
import { SavedViews } from "@/shell/saved-views";
import { Amount } from "@/ui/amount";
import { Badge } from "@/ui/bits";
import { None, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import type { Column } from "@/ui/table";
import { INVOICE_STATES, type PlatformInvoice, useInvoices } from "./queries";
import { INVOICE_TONES } from "./state";
import { StateList, useStateFilter } from "./state-list";

export function PlatformInvoicesPage() {
	const t = useTranslations("oversight");
	const [state, setState] = useStateFilter(INVOICE_STATES);
	return (
		<StateList
			title={t("invoices")}
			description={t("invoicesText")}
			path="/api/platform/invoices"
			label={t("invoiceState")}
			state={state}
			onState={setState}
			states={INVOICE_STATES.map((value) => ({ value, label: t(`invoice_${value}`) }))}
			more={<SavedViews />}
			columns={useColumns()}
			list={useInvoices(state)}
			empty={{ title: t("noInvoices"), text: t("noInvoicesText") }}
		/>
	);
}

function useColumns(): Column<PlatformInvoice>[] {
	const t = useTranslations("oversight");
	return [
		{
			id: "number",
			header: t("number"),
			primary: true,
			cell: (row) =>
				row.tenant_name === null ? (
					(row.number ?? t("draft"))
				) : (
					<Link href={`/platform/tenants/?id=${row.tenant_id}&tab=invoices&invoice=${row.id}`}>
						{row.number ?? t("draft")}
					</Link>
				),
		},
		{
			id: "tenant",
			header: t("tenant"),
			cell: (row) =>
				row.tenant_name === null ? (
					<None>{t("tenantGone")}</None>
				) : (
					<Link href={`/platform/tenants/?id=${row.tenant_id}`}>
						<bdi>{row.tenant_name}</bdi>
					</Link>
				),
		},
		{
			id: "state",
			header: t("invoiceState"),
			cell: (row) => (
				<Badge tone={row.past_due ? "bad" : INVOICE_TONES[row.state]}>
					{row.past_due ? t("pastDue") : t(`invoice_${row.state}`)}
				</Badge>
			),
		},
		{
			id: "total",
			header: t("total"),
			align: "end",
			secondary: true,
			cell: (row) => <Amount value={row.total} currency={row.currency} />,
		},
		{
			id: "remaining",
			header: t("stillDue"),
			align: "end",
			cell: (row) => <Amount value={row.amount_remaining} currency={row.currency} />,
		},
		{
			id: "due",
			header: t("due"),
			cell: (row) => (row.due_at === null ? <None /> : <Time at={row.due_at} dateOnly />),
		},
	];
}
