// SPDX-License-Identifier: Apache-2.0
// A budget's limits: set, changed, or taken away.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { Skeleton } from "@/ui/bits";
import { RadioGroup } from "@/ui/choice";
import { Combobox } from "@/ui/combobox";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Grid, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { useNames } from "./names";
import { type Budget, type BudgetChange, useBudget, useSetBudget } from "./queries";

type OwnerKind = "team" | "user" | "key";
const OWNER_KINDS: OwnerKind[] = ["team", "user", "key"];

interface Form {
	day: string;
	month: string;
	total: string;
	thresholds: string;
}

const EMPTY: Form = { day: "", month: "", total: "", thresholds: "80, 100" };

function formOf(budget: Budget): Form {
	return {
		day: budget.day ?? "",
		month: budget.month ?? "",
		total: budget.total ?? "",
		thresholds: budget.thresholds.join(", "),
	};
}

/** Percentages from 1 to 100, ten at most; null where the text is something else. */
export function readThresholds(text: string): number[] | null {
	const words = text.split(/[\s,;]+/).filter(Boolean);
	const numbers = words.map(Number);
	const good = numbers.every((each) => Number.isInteger(each) && each >= 1 && each <= 100);
	if (!good || numbers.length === 0 || numbers.length > 10) return null;
	return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Null where a field holds something else. */
export function toChange(form: Form): BudgetChange | null {
	const day = typedAmount(form.day);
	const month = typedAmount(form.month);
	const total = typedAmount(form.total);
	const thresholds = readThresholds(form.thresholds);
	if (day === undefined || month === undefined || total === undefined || thresholds === null)
		return null;
	return { day, month, total, thresholds };
}

interface BudgetDialogProps {
	open: boolean;
	/** "team.ID"; empty: the reader chooses. */
	place: string;
	onClose: () => void;
}

export function BudgetDialog({ open, place, onClose }: BudgetDialogProps) {
	const t = useTranslations("usage");
	const toast = useToast();
	const names = useNames();
	const [chosen, setChosen] = useState<{ kind: OwnerKind; id: string }>({ kind: "team", id: "" });
	const [form, setForm] = useState<Form>(EMPTY);
	const [tried, setTried] = useState(false);
	const [kindText, idText] = place.split(".");
	const fixed = OWNER_KINDS.find((each) => each === kindText);
	const kind = fixed ?? chosen.kind;
	const id = fixed ? (idText ?? "") : chosen.id;
	const current = useBudget(kind, open ? id : "");
	const set = useSetBudget();
	const resetCall = set.reset;
	useEffect(() => {
		if (!open) return;
		setChosen({ kind: "team", id: "" });
		setForm(EMPTY);
		setTried(false);
		resetCall();
	}, [open, resetCall]);
	useEffect(() => {
		if (current.data) setForm(formOf(current.data));
	}, [current.data]);

	const change = toChange(form);
	const name = current.data?.name ?? (id === "" ? "" : names.nameOf(id));
	const save = (next: BudgetChange) =>
		set.mutate(
			{ kind, id, change: next },
			{
				onSuccess: () => {
					onClose();
					toast(t("budgetToast", { name }));
				},
			},
		);
	const removes =
		change !== null && change.day === null && change.month === null && change.total === null;
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={fixed ? t("budgetTitle", { name }) : t("setBudget")}
			description={t("budgetText")}
			submit={removes ? t("removeBudget") : t("saveBudget")}
			danger={removes}
			busy={set.isPending}
			disabled={id === "" || current.data === undefined}
			onSubmit={() => {
				setTried(true);
				if (change) save(change);
			}}
		>
			<Stack>
				{set.error && <ErrorPanel error={set.error} />}
				{!fixed && (
					<Owner
						kind={kind}
						id={id}
						names={names}
						onChange={(next) => {
							setForm(EMPTY);
							setChosen(next);
						}}
					/>
				)}
				{current.error ? (
					<ErrorPanel error={current.error} onRetry={() => void current.refetch()} />
				) : id !== "" && !current.data ? (
					<Skeleton lines={4} />
				) : (
					<Fields form={form} onChange={setForm} tried={tried} currency={current.data?.currency} />
				)}
				{removes && id !== "" && <Callout tone="warn">{t("removesLimit")}</Callout>}
			</Stack>
		</FormDialog>
	);
}

interface OwnerProps {
	kind: OwnerKind;
	id: string;
	names: ReturnType<typeof useNames>;
	onChange: (owner: { kind: OwnerKind; id: string }) => void;
}

function Owner({ kind, id, names, onChange }: OwnerProps) {
	const t = useTranslations("usage");
	const options = { team: names.teams, user: names.members, key: names.keys }[kind];
	return (
		<>
			<RadioGroup
				label={t("budgetOf")}
				value={kind}
				onChange={(next) => onChange({ kind: next, id: "" })}
				options={OWNER_KINDS.map((each) => ({ value: each, label: t(`owner_${each}`) }))}
			/>
			<Combobox
				key={kind}
				label={t(`owner_${kind}`)}
				value={id === "" ? null : id}
				options={options}
				onChange={(next) => onChange({ kind, id: next ?? "" })}
			/>
		</>
	);
}

interface FieldsProps {
	form: Form;
	onChange: (form: Form) => void;
	tried: boolean;
	currency: string | undefined;
}

function Fields({ form, onChange, tried, currency }: FieldsProps) {
	const t = useTranslations("usage");
	const amount = (name: "day" | "month" | "total") => (
		<TextField
			label={t(`limit_${name}`)}
			optional
			inputMode="decimal"
			placeholder={t("noLimit")}
			suffix={currency}
			value={form[name]}
			error={tried && typedAmount(form[name]) === undefined && t("amountError")}
			onChange={(event) => onChange({ ...form, [name]: event.target.value })}
		/>
	);
	return (
		<>
			<Grid min="s">
				{amount("day")}
				{amount("month")}
				{amount("total")}
			</Grid>
			<TextField
				label={t("thresholds")}
				hint={t("thresholdsHint")}
				inputMode="numeric"
				suffix="%"
				value={form.thresholds}
				error={tried && readThresholds(form.thresholds) === null && t("thresholdsError")}
				onChange={(event) => onChange({ ...form, thresholds: event.target.value })}
			/>
		</>
	);
}
