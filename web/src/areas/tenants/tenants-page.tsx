// SPDX-License-Identifier: Apache-2.0
// All tenants, or one of them: the id in the address says which.
"use client";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useQueryState, useSetQuery } from "@/api/url-state";
import { useCurrency } from "@/areas/usage/currency";
import { useSession } from "@/session/session";
import { SavedViews } from "@/shell/saved-views";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Badge, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { CopyId } from "@/ui/copy";
import { SearchField } from "@/ui/field";
import { None, Num, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Empty } from "@/ui/notice";
import { Page, Panel, Stack } from "@/ui/page";
import { type Column, Filters, Pager, Table } from "@/ui/table";
import { Tabs } from "@/ui/tabs";
import { CreateDialog } from "./create-dialog";
import { Deletions } from "./deletions";
import {
	TENANT_SORTS,
	type TenantFigures,
	type TenantOrder,
	tenantsQuery,
	useTenants,
} from "./queries";
import { TENANT_TONES } from "./state";
import { TenantPage } from "./tenant-page";

export function TenantsPage() {
	const [id] = useQueryState("id");
	return id === "" ? <TenantsList /> : <TenantPage id={id} />;
}

function TenantsList() {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const [tab, setTab] = useQueryState("tab", "tenants");
	const [creating, setCreating] = useDo("create");
	const writable = can("tenants:write");
	const create = writable && (
		<Button variant="primary" icon={<Plus size={16} />} onClick={() => setCreating(true)}>
			{t("create")}
		</Button>
	);
	return (
		<Page title={t("title")} description={t("description")} actions={create}>
			<Tabs
				label={t("title")}
				value={tab}
				onChange={setTab}
				tabs={[
					{ value: "tenants", label: t("title"), content: <List create={create} /> },
					{ value: "receipts", label: t("receipts"), content: <Deletions /> },
				]}
			/>
			<CreateDialog open={creating && writable} onOpenChange={setCreating} />
		</Page>
	);
}

function List({ create }: { create: React.ReactNode }) {
	const t = useTranslations("tenants");
	const setQuery = useSetQuery();
	const [text, setText] = useQueryState("name");
	const [sortText] = useQueryState("sort", "name");
	const [direction] = useQueryState("order", "asc");
	const order: TenantOrder = {
		text,
		sort: TENANT_SORTS.find((each) => each === sortText) ?? "name",
		descending: direction === "desc",
	};
	const tenants = useTenants(order);
	const query = new URLSearchParams(
		Object.entries(tenantsQuery(order)).map(([name, value]) => [name, String(value)]),
	);
	return (
		<Stack>
			<Filters>
				<NameSearch value={text} onChange={setText} />
				<SavedViews />
				<CodeButton path={`/api/platform/tenants?${query}`} />
			</Filters>
			<Panel flush>
				<Table
					label={t("title")}
					columns={useColumns()}
					rows={tenants.rows}
					rowKey={(tenant) => tenant.id}
					error={tenants.error}
					onRetry={tenants.refetch}
					order={{
						id: order.sort,
						descending: order.descending,
						onChange: ({ id, descending }) =>
							setQuery({ sort: id === "name" ? "" : id, order: descending ? "desc" : "" }),
					}}
					empty={
						text === "" ? (
							<Empty title={t("emptyTitle")} action={create}>
								{t("emptyText")}
							</Empty>
						) : (
							<Empty
								title={t("noMatchTitle", { name: text })}
								action={<Button onClick={() => setText("")}>{t("clear")}</Button>}
							>
								{t("noMatchText")}
							</Empty>
						)
					}
				/>
			</Panel>
			<Pager {...tenants.pager} />
		</Stack>
	);
}

/** Asked on Enter: a search of the register is work for the server. */
function NameSearch({ value, onChange }: { value: string; onChange: (name: string) => void }) {
	const t = useTranslations("tenants");
	const [typed, setTyped] = useState(value);
	return (
		<form
			role="search"
			onSubmit={(event) => {
				event.preventDefault();
				onChange(typed.trim());
			}}
		>
			<SearchField
				label={t("search")}
				value={typed}
				onChange={(event) => {
					setTyped(event.target.value);
					if (event.target.value === "") onChange("");
				}}
			/>
		</form>
	);
}

function useColumns(): Column<TenantFigures>[] {
	const t = useTranslations("tenants");
	const currency = useCurrency();
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
			ordered: true,
			cell: (tenant) => (
				<Link href={`/platform/tenants/?id=${tenant.id}`}>
					<strong>{tenant.name}</strong>
				</Link>
			),
		},
		{
			id: "state",
			header: t("state"),
			cell: (tenant) => <Badge tone={TENANT_TONES[tenant.state]}>{t(tenant.state)}</Badge>,
		},
		{
			id: "plan",
			header: t("plan"),
			cell: (tenant) =>
				tenant.plan === null ? <None>{t("noPlan")}</None> : <Tag>{tenant.plan}</Tag>,
		},
		{
			id: "members",
			header: t("members"),
			align: "end",
			ordered: true,
			cell: (tenant) => <Num value={tenant.members} />,
		},
		{
			id: "month_spent",
			header: t("monthSpent"),
			align: "end",
			ordered: true,
			cell: (tenant) => <Amount value={tenant.month_spent} currency={currency} />,
		},
		{
			id: "requests_today",
			header: t("requestsToday"),
			align: "end",
			ordered: true,
			cell: (tenant) => <Num value={tenant.requests_today} />,
		},
		{
			id: "created_at",
			header: t("created"),
			secondary: true,
			ordered: true,
			cell: (tenant) => <Time at={tenant.created_at} dateOnly />,
		},
		{ id: "id", header: t("id"), secondary: true, cell: (tenant) => <CopyId id={tenant.id} /> },
	];
}
