// SPDX-License-Identifier: Apache-2.0
// Credits of a tenant: given, drawn, ended.
"use client";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { serverNowS } from "@/api/server-clock";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Badge, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Grid, Panel, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { type Column, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type Credit, useAccount, useCredits, useGiveCredit, useVoidCredit } from "./queries";
import { CREDIT_TONES } from "./state";

const CATEGORIES = ["promotional", "paid", "refund"] as const;
const DAY_S = 86_400;

export function CreditsTab({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const credits = useCredits(tenant);
	const [giving, setGiving] = useDo("credit");
	const [ending, setEnding] = useState<Credit | null>(null);
	const writable = can("tenants:write");
	const give = writable && (
		<Button icon={<Plus size={16} />} onClick={() => setGiving(true)}>
			{t("giveCredit")}
		</Button>
	);
	const columns: Column<Credit>[] = [
		{
			id: "note",
			header: t("note"),
			primary: true,
			cell: (row) => row.note || t(`credit_${row.category}`),
		},
		{
			id: "category",
			header: t("category"),
			cell: (row) => <Tag>{t(`credit_${row.category}`)}</Tag>,
		},
		{
			id: "status",
			header: t("state"),
			cell: (row) => <Badge tone={CREDIT_TONES[row.status]}>{t(`credit_${row.status}`)}</Badge>,
		},
		{
			id: "amount",
			header: t("amount"),
			align: "end",
			cell: (row) => <Amount value={row.amount} currency={row.currency} />,
		},
		{
			id: "remaining",
			header: t("remaining"),
			align: "end",
			cell: (row) => <Amount value={row.remaining} currency={row.currency} />,
		},
		{
			id: "given",
			header: t("given"),
			secondary: true,
			cell: (row) => <Time at={row.given_at} dateOnly />,
		},
		{
			id: "expires",
			header: t("expires"),
			secondary: true,
			cell: (row) =>
				row.expires_at === null ? <None>{t("never")}</None> : <Time at={row.expires_at} dateOnly />,
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (row) =>
				row.status === "active" && (
					<Button size="s" variant="quiet" onClick={() => setEnding(row)}>
						{t("voidCredit")}
					</Button>
				),
		});
	return (
		<>
			<Panel
				title={t("credits")}
				description={t("creditsText")}
				actions={
					<>
						<CodeButton path={`/api/tenants/${tenant}/credits`} />
						{give}
					</>
				}
				flush
			>
				<Table
					label={t("credits")}
					columns={columns}
					rows={credits.data?.data}
					rowKey={(row) => row.id}
					error={credits.error}
					onRetry={() => void credits.refetch()}
					empty={
						<Empty title={t("noCredits")} action={give}>
							{t("noCreditsText")}
						</Empty>
					}
				/>
			</Panel>
			{giving && writable && <GiveDialog tenant={tenant} onClose={() => setGiving(false)} />}
			<VoidDialog tenant={tenant} credit={ending} onClose={() => setEnding(null)} />
		</>
	);
}

function GiveDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const account = useAccount(tenant);
	const give = useGiveCredit(tenant);
	// The same id when the form is sent again: one credit, however often.
	const [id] = useState(() => crypto.randomUUID());
	const [amount, setAmount] = useState("");
	const [category, setCategory] = useState<(typeof CATEGORIES)[number]>("promotional");
	const [note, setNote] = useState("");
	const [days, setDays] = useState("never");
	const value = typedAmount(amount);
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("giveCredit")}
			submit={t("giveCredit")}
			disabled={!value}
			busy={give.isPending}
			onSubmit={() =>
				value &&
				give.mutate(
					{
						id,
						amount: value,
						category,
						note: note.trim(),
						...(days === "never"
							? {}
							: { expires_at: Math.floor(serverNowS()) + Number(days) * DAY_S }),
					},
					{
						onSuccess: () => {
							onClose();
							toast(t("creditGiven"));
						},
					},
				)
			}
		>
			<Stack>
				{give.error && <ErrorPanel error={give.error} />}
				<TextField
					label={t("amount")}
					inputMode="decimal"
					autoComplete="off"
					suffix={account.data?.currency}
					value={amount}
					error={value === undefined && t("numberError")}
					onChange={(event) => setAmount(event.target.value)}
				/>
				<Grid min="s">
					<Select
						label={t("category")}
						value={category}
						onChange={setCategory}
						options={CATEGORIES.map((each) => ({ value: each, label: t(`credit_${each}`) }))}
					/>
					<Select
						label={t("expires")}
						value={days}
						onChange={setDays}
						options={[
							{ value: "never", label: t("never") },
							...["30", "90", "365"].map((each) => ({
								value: each,
								label: t("inDays", { count: Number(each) }),
							})),
						]}
					/>
				</Grid>
				<TextField
					label={t("note")}
					optional
					hint={t("noteHint")}
					maxLength={500}
					value={note}
					onChange={(event) => setNote(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}

interface VoidProps {
	tenant: string;
	credit: Credit | null;
	onClose: () => void;
}

function VoidDialog({ tenant, credit, onClose }: VoidProps) {
	const t = useTranslations("tenants");
	const end = useVoidCredit(tenant);
	const close = () => {
		end.reset();
		onClose();
	};
	return (
		<ConfirmDialog
			open={credit !== null}
			onOpenChange={(open) => !open && close()}
			title={t("voidCreditTitle")}
			description={
				credit &&
				t.rich("voidCreditText", {
					amount: () => <Amount value={credit.remaining} currency={credit.currency} />,
				})
			}
			action={t("voidCredit")}
			busy={end.isPending}
			onConfirm={() => credit && end.mutate(credit.id, { onSuccess: close })}
		>
			{end.error && <ErrorPanel error={end.error} />}
		</ConfirmDialog>
	);
}
