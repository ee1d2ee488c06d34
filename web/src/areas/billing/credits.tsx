// SPDX-License-Identifier: Apache-2.0
// Credits: what is there, and what is bought when it runs low.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { Amount } from "@/ui/amount";
import { Badge, Skeleton, type Tone } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/choice";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Muted, Panel, Stack } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type Credit, type TopUp, useAccount, useCredits, useSetTopUp, useTopUp } from "./queries";

const TONES: Record<Credit["status"], Tone> = {
	active: "good",
	used: "neutral",
	expired: "neutral",
	void: "neutral",
};

export function Credits({ writable }: { writable: boolean }) {
	const t = useTranslations("billing");
	const credits = useCredits();
	return (
		<Stack gap={5}>
			<TopUpPanel writable={writable} />
			<Panel flush title={t("credits")} description={t("creditsText")}>
				<Table
					label={t("credits")}
					columns={useColumns()}
					rows={credits.rows}
					rowKey={(credit) => credit.id}
					error={credits.error}
					onRetry={credits.refetch}
					empty={<Empty title={t("noCreditsTitle")}>{t("noCreditsText")}</Empty>}
				/>
			</Panel>
			<Pager {...credits.pager} />
		</Stack>
	);
}

function useColumns(): Column<Credit>[] {
	const t = useTranslations("billing");
	return [
		{
			id: "category",
			header: t("credit"),
			primary: true,
			cell: (credit) => (
				<div>
					{t(`category_${credit.category}`)}
					{credit.note !== "" && (
						<div>
							<Muted>{credit.note}</Muted>
						</div>
					)}
				</div>
			),
		},
		{
			id: "state",
			header: t("state"),
			cell: (credit) => <Badge tone={TONES[credit.status]}>{t(`credit_${credit.status}`)}</Badge>,
		},
		{
			id: "remaining",
			header: t("left"),
			align: "end",
			cell: (credit) => <Amount value={credit.remaining} currency={credit.currency} />,
		},
		{
			id: "amount",
			header: t("amount"),
			align: "end",
			cell: (credit) => <Amount value={credit.amount} currency={credit.currency} />,
		},
		{
			id: "for",
			header: t("usableFor"),
			secondary: true,
			cell: (credit) => (credit.kinds.length === 0 ? t("everything") : credit.kinds.join(", ")),
		},
		{
			id: "given",
			header: t("givenAt"),
			secondary: true,
			cell: (credit) => <Time at={credit.given_at} dateOnly />,
		},
		{
			id: "expires",
			header: t("expiresAt"),
			cell: (credit) =>
				credit.expires_at === null ? (
					<None>{t("never")}</None>
				) : (
					<Time at={credit.expires_at} dateOnly />
				),
		},
	];
}

function TopUpPanel({ writable }: { writable: boolean }) {
	const t = useTranslations("billing");
	const topUp = useTopUp();
	const account = useAccount();
	const [editing, setEditing] = useState(false);
	const shown = topUp.data;
	const currency = account.data?.currency ?? null;
	return (
		<Panel
			title={t("topUp")}
			description={t("topUpText")}
			actions={
				writable && shown && <Button onClick={() => setEditing(true)}>{t("changeTopUp")}</Button>
			}
		>
			{topUp.error ? (
				<ErrorPanel error={topUp.error} onRetry={() => void topUp.refetch()} />
			) : !shown ? (
				<Skeleton lines={3} />
			) : (
				<Stack>
					{shown.pending_id !== null && (
						<Callout tone="warn">
							{t.rich("topUpWaits", {
								amount: () => <Amount value={shown.pending_amount} currency={currency} />,
							})}
						</Callout>
					)}
					<Facts topUp={shown} currency={currency} />
				</Stack>
			)}
			{shown && (
				<TopUpDialog
					open={editing}
					topUp={shown}
					currency={currency}
					onClose={() => setEditing(false)}
				/>
			)}
		</Panel>
	);
}

function Facts({ topUp, currency }: { topUp: TopUp; currency: string | null }) {
	const t = useTranslations("billing");
	if (!topUp.enabled) return <p>{t("topUpOff")}</p>;
	return (
		<DescriptionList
			items={[
				{ term: t("below"), value: <Amount value={topUp.below} currency={currency} /> },
				{ term: t("buys"), value: <Amount value={topUp.amount} currency={currency} /> },
				{
					term: t("monthMost"),
					value:
						topUp.month_max === null ? (
							<None>{t("unlimited")}</None>
						) : (
							<Amount value={topUp.month_max} currency={currency} />
						),
				},
			]}
		/>
	);
}

interface TopUpDialogProps {
	open: boolean;
	topUp: TopUp;
	currency: string | null;
	onClose: () => void;
}

function TopUpDialog({ open, topUp, currency, onClose }: TopUpDialogProps) {
	const t = useTranslations("billing");
	const ui = useTranslations("ui");
	const toast = useToast();
	const set = useSetTopUp();
	const [enabled, setEnabled] = useState(false);
	const [fields, setFields] = useState({ below: "", amount: "", most: "" });
	const [tried, setTried] = useState(false);
	const reset = set.reset;
	useEffect(() => {
		if (!open) return;
		setEnabled(topUp.enabled);
		setFields({ below: topUp.below, amount: topUp.amount, most: topUp.month_max ?? "" });
		setTried(false);
		reset();
	}, [open, topUp, reset]);
	const below = typedAmount(fields.below);
	const amount = typedAmount(fields.amount);
	const most = typedAmount(fields.most);
	const field = (name: keyof typeof fields, label: string, bad: boolean, optional = false) => (
		<TextField
			label={label}
			optional={optional}
			inputMode="decimal"
			suffix={currency ?? undefined}
			value={fields[name]}
			error={tried && bad && t("amountError")}
			onChange={(event) => setFields({ ...fields, [name]: event.target.value })}
		/>
	);
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("topUp")}
			submit={ui("save")}
			busy={set.isPending}
			onSubmit={() => {
				setTried(true);
				if (!enabled) {
					set.mutate(
						{ enabled, below: topUp.below, amount: topUp.amount, month_max: topUp.month_max },
						{ onSuccess: done },
					);
					return;
				}
				if (typeof below !== "string" || typeof amount !== "string" || most === undefined) return;
				set.mutate({ enabled, below, amount, month_max: most }, { onSuccess: done });
			}}
		>
			<Stack>
				{set.error && <ErrorPanel error={set.error} />}
				<Checkbox label={t("topUpOn")} checked={enabled} onChange={setEnabled} />
				{enabled && (
					<Grid min="s">
						{field("below", t("below"), typeof below !== "string")}
						{field("amount", t("buys"), typeof amount !== "string")}
						{field("most", t("monthMost"), most === undefined, true)}
					</Grid>
				)}
			</Stack>
		</FormDialog>
	);

	function done() {
		onClose();
		toast(ui("saved"));
	}
}
