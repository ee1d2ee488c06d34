// SPDX-License-Identifier: Apache-2.0
// All tenants, or one of them: the id in the address says which.
"use client";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Badge, Skeleton, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-dialog";
import { CopyId } from "@/ui/copy";
import { SearchField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Empty } from "@/ui/notice";
import { Page, Panel, Stack } from "@/ui/page";
import { type Column, Filters, Pager, Table } from "@/ui/table";
import { Tabs } from "@/ui/tabs";
import { CreateDialog } from "./create-dialog";
import { Deletions } from "./deletions";
import { type Tenant, useBudget, useSubscription, useTenants } from "./queries";
import { SUBSCRIPTION_TONES, subscriptionState, TENANT_TONES } from "./state";
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
	const [name, setName] = useQueryState("name");
	const tenants = useTenants(name);
	return (
		<Stack>
			<Filters>
				<NameSearch value={name} onChange={setName} />
				<CodeButton
					path={`/api/tenants?limit=25${name === "" ? "" : `&name=${encodeURIComponent(name)}`}`}
				/>
			</Filters>
			<Panel flush>
				<Table
					label={t("title")}
					columns={useColumns()}
					rows={tenants.rows}
					rowKey={(tenant) => tenant.id}
					error={tenants.error}
					onRetry={tenants.refetch}
					empty={
						name === "" ? (
							<Empty title={t("emptyTitle")} action={create}>
								{t("emptyText")}
							</Empty>
						) : (
							<Empty
								title={t("noMatchTitle", { name })}
								action={<Button onClick={() => setName("")}>{t("clear")}</Button>}
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

/** The API finds whole names, so it is asked on Enter, not with each letter. */
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

function useColumns(): Column<Tenant>[] {
	const t = useTranslations("tenants");
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
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
		{ id: "plan", header: t("plan"), cell: (tenant) => <PlanCell tenant={tenant.id} /> },
		{
			id: "month",
			header: t("monthSpent"),
			align: "end",
			cell: (tenant) => <SpentCell tenant={tenant.id} span="month" />,
		},
		{
			id: "total",
			header: t("totalSpent"),
			align: "end",
			secondary: true,
			cell: (tenant) => <SpentCell tenant={tenant.id} span="total" />,
		},
		{
			id: "created",
			header: t("created"),
			secondary: true,
			cell: (tenant) => <Time at={tenant.created_at} dateOnly />,
		},
		{ id: "id", header: t("id"), secondary: true, cell: (tenant) => <CopyId id={tenant.id} /> },
	];
}

function PlanCell({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const query = useSubscription(tenant);
	if (query.isPending) return <Skeleton />;
	if (query.error) return <None>{t("unknown")}</None>;
	if (!query.data) return <None>{t("noPlan")}</None>;
	const state = subscriptionState(query.data.state);
	if (state === "active") return <Tag>{query.data.plan.name}</Tag>;
	return (
		<Badge tone={state ? SUBSCRIPTION_TONES[state] : "neutral"}>
			{query.data.plan.name}, {state ? t(state) : query.data.state}
		</Badge>
	);
}

function SpentCell({ tenant, span }: { tenant: string; span: "month" | "total" }) {
	const t = useTranslations("tenants");
	const query = useBudget(tenant);
	if (query.isPending) return <Skeleton />;
	if (query.error) return <None>{t("unknown")}</None>;
	const spent = span === "month" ? query.data.month_spent : query.data.total_spent;
	return <Amount value={spent} currency={query.data.currency} />;
}
