// SPDX-License-Identifier: Apache-2.0
// Plans and their versions, and the book of prices.
"use client";
import { Plus } from "lucide-react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Badge, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { None, Num } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Page, Panel, Row, Stack } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { type Column, Filters, Table } from "@/ui/table";
import { Tabs } from "@/ui/tabs";
import { PlanDialog } from "./plan-dialog";
import { PlanDrawer } from "./plan-drawer";
import { PricesTab } from "./prices-tab";
import { type Plan, usePlans } from "./queries";
import { byName } from "./state";

export function PlansPage() {
	const t = useTranslations("plans");
	const { can } = useSession();
	const [tab, setTab] = useQueryState("tab", "plans");
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
					{ value: "plans", label: t("plans"), content: <PlansTab create={create} /> },
					{ value: "prices", label: t("prices"), content: <PricesTab /> },
				]}
			/>
			{creating && writable && <PlanDialog onClose={() => setCreating(false)} />}
		</Page>
	);
}

function PlansTab({ create }: { create: React.ReactNode }) {
	const t = useTranslations("plans");
	const plans = usePlans();
	const [shown, setShown] = useQueryState("plan");
	const groups = plans.data && byName(plans.data.data);
	const open = groups?.find((versions) => versions[0]?.name === shown);
	return (
		<Stack>
			<Filters>
				<CodeButton path="/api/plans" />
			</Filters>
			<Panel flush>
				<Table
					label={t("plans")}
					columns={useColumns()}
					rows={groups?.flatMap((versions) => versions.slice(0, 1))}
					rowKey={(plan) => plan.name}
					error={plans.error}
					onRetry={() => void plans.refetch()}
					onRowClick={(plan) => setShown(plan.name)}
					selectedKey={shown}
					empty={
						<Empty title={t("emptyTitle")} action={create}>
							{t("emptyText")}
						</Empty>
					}
				/>
			</Panel>
			<PlanDrawer versions={open} onClose={() => setShown("")} />
		</Stack>
	);
}

function useColumns(): Column<Plan>[] {
	const t = useTranslations("plans");
	const limit = (value: number) =>
		value === 0 ? <None>{t("unlimited")}</None> : <Num value={value} compact />;
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
			cell: (plan) => (
				<Row gap={2}>
					<StateLink to={{ plan: plan.name }}>{plan.name}</StateLink>
					<Tag>{t("version", { version: plan.version })}</Tag>
				</Row>
			),
		},
		{
			id: "state",
			header: t("state"),
			cell: (plan) =>
				plan.archived_at !== null ? (
					<Badge>{t("archived")}</Badge>
				) : (
					<Badge tone={plan.public ? "good" : "info"}>
						{plan.public ? t("public") : t("agreed")}
					</Badge>
				),
		},
		{
			id: "price",
			header: t("price"),
			align: "end",
			cell: (plan) => (
				<>
					<Amount value={plan.price} currency={plan.currency} />{" "}
					{plan.interval === "year" ? t("perYear") : t("perMonth")}
				</>
			),
		},
		{
			id: "seats",
			header: t("seats"),
			align: "end",
			secondary: true,
			cell: (plan) => limit(plan.seats),
		},
		{
			id: "requests",
			header: t("requestsShort"),
			align: "end",
			secondary: true,
			cell: (plan) => limit(plan.requests_per_minute),
		},
		{
			id: "tokens",
			header: t("tokensShort"),
			align: "end",
			secondary: true,
			cell: (plan) => limit(plan.tokens_per_minute),
		},
	];
}
