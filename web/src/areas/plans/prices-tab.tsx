// SPDX-License-Identifier: Apache-2.0
// The book of prices, and the import of a file with its report before anything is set.
"use client";

import { Upload } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { serverNowS } from "@/api/server-clock";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { SearchField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Panel, Stack } from "@/ui/page";
import { type Column, Filters, Table } from "@/ui/table";
import { ImportDialog } from "./import-dialog";
import { type Price, usePrices } from "./queries";

export function PricesTab() {
	const t = useTranslations("plans");
	const { can, session } = useSession();
	const tenant = session.tenant.id;
	const prices = usePrices(tenant);
	const [text, setText] = useQueryState("item");
	const [importing, setImporting] = useDo("import");
	const writable = can("tenants:write");
	const needle = text.trim().toLowerCase();
	const take = writable && (
		<Button icon={<Upload size={16} />} onClick={() => setImporting(true)}>
			{t("import")}
		</Button>
	);
	return (
		<Stack>
			<Filters>
				<SearchField
					label={t("searchPrices")}
					value={text}
					onChange={(event) => setText(event.target.value)}
				/>
				<CodeButton path={`/api/tenants/${tenant}/prices`} />
				{take}
			</Filters>
			<Panel flush>
				<Table
					label={t("prices")}
					columns={useColumns()}
					rows={prices.data?.data.filter((row) => row.item.toLowerCase().includes(needle))}
					rowKey={(row) => `${row.tenant_id} ${row.item} ${row.version}`}
					error={prices.error}
					onRetry={() => void prices.refetch()}
					initialSort={{ id: "item" }}
					empty={
						needle === "" ? (
							<Empty title={t("noPrices")} action={take}>
								{t("noPricesText")}
							</Empty>
						) : (
							<Empty title={t("noMatch")} />
						)
					}
				/>
			</Panel>
			{importing && writable && (
				<ImportDialog tenant={tenant} onClose={() => setImporting(false)} />
			)}
		</Stack>
	);
}

function useColumns(): Column<Price>[] {
	const t = useTranslations("plans");
	const [nowS] = useState(() => serverNowS());
	const price = (row: Price, name: string) => row.prices[name] ?? <None />;
	return [
		{
			id: "item",
			header: t("item"),
			primary: true,
			sort: (row) => row.item,
			cell: (row) => <strong>{row.item}</strong>,
		},
		{ id: "input", header: t("input"), align: "end", cell: (row) => price(row, "input") },
		{ id: "output", header: t("output"), align: "end", cell: (row) => price(row, "output") },
		{
			id: "cached",
			header: t("cached"),
			align: "end",
			secondary: true,
			cell: (row) => price(row, "cached"),
		},
		{
			id: "version",
			header: t("versionShort"),
			align: "end",
			secondary: true,
			cell: (row) => row.version,
		},
		{
			id: "from",
			header: t("from"),
			sort: (row) => row.effective_at,
			cell: (row) =>
				row.effective_at > nowS ? (
					<Badge tone="info">
						<Time at={row.effective_at} dateOnly />
					</Badge>
				) : (
					<Time at={row.effective_at} dateOnly />
				),
		},
		{ id: "source", header: t("source"), secondary: true, cell: (row) => <Tag>{row.source}</Tag> },
	];
}
