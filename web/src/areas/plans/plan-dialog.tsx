// SPDX-License-Identifier: Apache-2.0
// The form of a plan: a new one, or a new version of one.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Checkbox, RadioGroup } from "@/ui/choice";
import { FormDialog } from "@/ui/dialog";
import { TextArea, TextField } from "@/ui/field";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Grid, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Plan, useCreatePlan, useRevisePlan } from "./queries";
import { EMPTY, faults, formOf, type PlanField, type PlanForm, toPlan } from "./state";

interface PlanDialogProps {
	/** The version that a new one is made of. */
	revised?: Plan;
	onClose: () => void;
}

type TextName = Exclude<PlanField, "interval" | "billing" | "isPublic">;

export function PlanDialog({ revised, onClose }: PlanDialogProps) {
	const t = useTranslations("plans");
	const toast = useToast();
	const create = useCreatePlan();
	const revise = useRevisePlan(revised?.id ?? "");
	const [form, setForm] = useState<PlanForm>(() => (revised ? formOf(revised) : EMPTY));
	const wrong = faults(form);
	const call = revised ? revise : create;
	const set = (part: Partial<PlanForm>) => setForm({ ...form, ...part });
	const text = (name: TextName) => ({
		label: t(name),
		value: form[name],
		autoComplete: "off",
		// An empty name is missing, not wrong, while it is being written.
		error: wrong.includes(name) && form[name] !== "" && t(`${name}Error`),
		onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
	});
	return (
		<FormDialog
			wide
			open
			onOpenChange={(open) => !open && onClose()}
			title={revised ? t("reviseTitle", { name: revised.name }) : t("createTitle")}
			submit={revised ? t("revise") : t("create")}
			disabled={wrong.length > 0}
			busy={call.isPending}
			onSubmit={() =>
				call.mutate(toPlan(form, revised !== undefined), {
					onSuccess: (plan) => {
						onClose();
						toast(t("savedToast", { name: plan.name, version: plan.version }));
					},
				})
			}
		>
			<Stack gap={5}>
				{call.error && <ErrorPanel error={call.error} />}
				{revised && <Callout>{t("reviseText")}</Callout>}
				<Grid>
					{!revised && <TextField {...text("name")} hint={t("nameHint")} maxLength={31} />}
					<TextField {...text("price")} inputMode="decimal" placeholder="0" />
					<TextField {...text("currency")} optional placeholder="EUR" maxLength={3} />
				</Grid>
				<Grid>
					<RadioGroup
						segmented
						label={t("interval")}
						value={form.interval}
						onChange={(interval) => set({ interval })}
						options={[
							{ value: "month", label: t("month") },
							{ value: "year", label: t("year") },
						]}
					/>
					<RadioGroup
						segmented
						label={t("billed")}
						value={form.billing}
						onChange={(billing) => set({ billing })}
						options={[
							{ value: "arrears", label: t("arrears") },
							{ value: "prepaid", label: t("prepaid") },
						]}
					/>
				</Grid>
				<Grid min="s">
					<TextField {...text("credit")} optional inputMode="decimal" placeholder="0" />
					<TextField {...text("trialDays")} optional inputMode="numeric" placeholder="0" />
					{(["seats", "requests", "concurrency", "tokens"] as const).map((name) => (
						<TextField
							key={name}
							{...text(name)}
							optional
							inputMode="numeric"
							placeholder={t("unlimited")}
						/>
					))}
				</Grid>
				<Grid>
					<TextArea {...text("included")} optional hint={t("includedHint")} rows={3} />
					<TextArea {...text("overage")} optional hint={t("overageHint")} rows={3} />
				</Grid>
				<TextArea {...text("entitlements")} hint={t("entitlementsHint")} rows={3} />
				<Checkbox
					label={t("isPublic")}
					hint={t("isPublicHint")}
					checked={form.isPublic}
					onChange={(isPublic) => set({ isPublic })}
				/>
			</Stack>
		</FormDialog>
	);
}
