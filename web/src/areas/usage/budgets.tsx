// SPDX-License-Identifier: Apache-2.0
// What the organisation, its teams, members and keys may spend, what they have spent, and where it goes.
"use client";
import { Pencil, Plus } from "lucide-react";
import { useTranslations } from "use-intl";
import { decimalToNanos } from "@/api/decimal";
import { useQueryState } from "@/api/url-state";
import { useServerNow } from "@/api/use-server-now";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Progress, Tag } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { Switch } from "@/ui/choice";
import { Money, None, Time } from "@/ui/format";
import { Callout, Empty } from "@/ui/notice";
import { Muted, Panel, Row, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { type Column, Filters, Pager, Table } from "@/ui/table";
import { BudgetDialog } from "./budget-dialog";
import { forecast } from "./forecast";
import { useNames } from "./names";
import { type Budget, type BudgetKind, useBudgets } from "./queries";

const KINDS = ["", "tenant", "team", "user", "key"] as const;

export function Budgets() {
	const t = useTranslations("usage");
	const { can } = useSession();
	const writable = can("budgets:write");
	const [kindText, setKind] = useQueryState("kind");
	const [all, setAll] = useQueryState("all");
	const [editing, setEditing] = useQueryState("budget");
	const [creating, setCreating] = useDo("budget");
	const kind = KINDS.find((each) => each === kindText) ?? "";
	const budgets = useBudgets(kind, all === "1");
	const create = writable && (
		<Button variant="primary" icon={<Plus size={16} />} onClick={() => setCreating(true)}>
			{t("setBudget")}
		</Button>
	);
	return (
		<Stack>
			<Row between>
				<Filters>
					<FilterSelect<BudgetKind | "">
						label={t("budgetOf")}
						value={kind}
						onChange={setKind}
						options={KINDS.map((each) => ({ value: each, label: t(`owners_${each || "all"}`) }))}
					/>
					<Switch
						label={t("withoutLimit")}
						checked={all === "1"}
						onChange={(on) => setAll(on ? "1" : "")}
					/>
				</Filters>
				{create}
			</Row>
			<Panel flush>
				<Table
					label={t("budgets")}
					columns={useColumns(writable, setEditing)}
					rows={budgets.rows}
					rowKey={(budget) => budget.id}
					error={budgets.error}
					onRetry={budgets.refetch}
					empty={
						<Empty title={t("noBudgetsTitle")} action={create || undefined}>
							{t("noBudgetsText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...budgets.pager} />
			<Callout>{t("tenantBudget")}</Callout>
			<BudgetDialog
				open={(editing !== "" || creating) && writable}
				place={editing}
				onClose={() => (editing === "" ? setCreating(false) : setEditing(""))}
			/>
		</Stack>
	);
}

function useColumns(writable: boolean, edit: (place: string) => void): Column<Budget>[] {
	const t = useTranslations("usage");
	const names = useNames();
	const nameOf = (budget: Budget) => budget.name ?? names.nameOf(budget.id);
	const columns: Column<Budget>[] = [
		{
			id: "name",
			header: t("owner"),
			primary: true,
			cell: (budget) => (
				<div>
					<strong dir="auto">{nameOf(budget)}</strong>
					<div>
						<Tag>{t(`owner_${budget.kind}`)}</Tag>
					</div>
				</div>
			),
		},
		...(["day", "month", "total"] as const).map(
			(span): Column<Budget> => ({
				id: span,
				header: t(`span_${span}`),
				cell: (budget) => <Spent budget={budget} span={span} />,
			}),
		),
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (budget) =>
				budget.kind !== "tenant" && (
					<IconButton
						size="s"
						label={t("editBudget", { name: nameOf(budget) })}
						icon={<Pencil size={16} />}
						onClick={() => edit(`${budget.kind}.${budget.id}`)}
					/>
				),
		});
	return columns;
}

/** A bar of what is spent; below it, where it goes by the end of the day or month. */
function Spent({ budget, span }: { budget: Budget; span: "day" | "month" | "total" }) {
	const t = useTranslations("usage");
	const now = useServerNow(60_000);
	const spentText = budget[`${span}_spent`];
	const limitText = budget[span];
	const spent = decimalToNanos(spentText) ?? 0n;
	const limit = limitText === null ? null : decimalToNanos(limitText);
	const ends = span === "day" ? budget.day_ends_at : budget.month_ends_at;
	const ahead = span === "total" ? null : forecast(span, spent, limit, ends, now.getTime() / 1000);
	if (limit === null)
		return (
			<div>
				<Amount value={spentText} currency={budget.currency} /> <None>{t("noLimit")}</None>
			</div>
		);
	const over = spent >= limit;
	return (
		<div>
			<Progress
				label={t(`span_${span}`)}
				hideLabel
				value={Number(spent)}
				max={Math.max(1, Number(limit))}
				tone={over ? "bad" : ahead && ahead.nanos > limit ? "warn" : "accent"}
			/>
			{t.rich("spentOf", {
				spent: () => <Amount value={spentText} currency={budget.currency} />,
				limit: () => <Amount value={limitText ?? ""} currency={budget.currency} />,
			})}
			<div>
				<Muted>
					{over
						? t("usedUp")
						: ahead &&
							(ahead.reachedAt === null
								? t.rich("forecastTo", {
										amount: () => <Money nanos={ahead.nanos} currency={budget.currency} />,
									})
								: t.rich("forecastReached", {
										time: () => <Time at={ahead.reachedAt ?? 0} />,
									}))}
				</Muted>
			</div>
		</div>
	);
}
