// SPDX-License-Identifier: Apache-2.0
// The form of a new job, with what is set aside for it.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useModelsOf } from "@/api/models";
import { useSession } from "@/session/session";
import { Checkbox, RadioGroup } from "@/ui/choice";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Num } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Grid, Muted, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { DataFileField } from "./data-file-field";
import {
	basesOf,
	EMPTY,
	factorOf,
	seedOf,
	setAside,
	type TuningForm,
	toRequest,
	wholeOf,
} from "./form";
import { type DataFile, type Job, useCreateJob, useDataFiles } from "./queries";

interface CreateDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	onCreated: (job: Job) => void;
}

export function CreateDialog({ open, onOpenChange, onCreated }: CreateDialogProps) {
	const t = useTranslations("finetune");
	const { can } = useSession();
	const create = useCreateJob();
	const chat = useModelsOf("chat", can("models:read"));
	const bases = chat && basesOf(chat);
	const files = useDataFiles(open);
	const [form, setForm] = useState(EMPTY);
	const set = (part: Partial<TuningForm>) => setForm((now) => ({ ...now, ...part }));
	const resetCall = create.reset;
	useEffect(() => {
		if (!open) return;
		setForm(EMPTY);
		resetCall();
	}, [open, resetCall]);
	const preset = bases?.find(({ bulkhead }) => bulkhead.default) ?? bases?.[0];
	const whole = { ...form, model: form.model || (preset?.id ?? "") };
	const body = toRequest(whole);
	return (
		<FormDialog
			wide
			open={open}
			onOpenChange={onOpenChange}
			title={t("createTitle")}
			description={t("createText")}
			submit={t("create")}
			disabled={body === null}
			busy={create.isPending}
			onSubmit={() => body && create.mutate(body, { onSuccess: (job) => onCreated(job) })}
		>
			<Stack>
				<Refusal error={create.error} />
				{bases?.length === 0 && (
					<Callout tone="warn" title={t("noModelTitle")}>
						{t("noModelText")}
					</Callout>
				)}
				<Grid>
					<Select
						label={t("base")}
						value={whole.model}
						onChange={(model) => set({ model })}
						options={(bases ?? []).map(({ id }) => ({ value: id, label: id }))}
					/>
					<TextField
						label={t("suffix")}
						hint={t("suffixHint")}
						optional
						maxLength={64}
						autoComplete="off"
						value={form.suffix}
						onChange={(event) => set({ suffix: event.target.value })}
					/>
				</Grid>
				<DataFileField
					label={t("training")}
					hint={t(form.method === "dpo" ? "trainingHintDpo" : "trainingHint")}
					none={t("chooseFile")}
					value={form.training}
					files={files}
					onChange={(training) => set({ training })}
				/>
				<DataFileField
					label={t("validation")}
					hint={t("validationHint")}
					none={t("heldOutAuto")}
					value={form.validation}
					files={files}
					onChange={(validation) => set({ validation })}
				/>
				<RadioGroup
					label={t("method")}
					value={form.method}
					onChange={(method) => set({ method })}
					options={[
						{ value: "supervised", label: t("method_supervised"), hint: t("supervisedHint") },
						{ value: "dpo", label: t("method_dpo"), hint: t("dpoHint") },
					]}
				/>
				<Numbers form={form} onChange={set} />
				<Checkbox
					label={t("publishWorse")}
					hint={t("publishWorseHint")}
					checked={form.publishWorse}
					onChange={(publishWorse) => set({ publishWorse })}
				/>
				<Checkbox
					label={t("leaksAllowed")}
					hint={t("leaksAllowedHint")}
					checked={form.leaksAllowed}
					onChange={(leaksAllowed) => set({ leaksAllowed })}
				/>
				<Estimate form={form} files={files} />
			</Stack>
		</FormDialog>
	);
}

/** Without a trainer nothing can be done here, which is no fault of the request. */
function Refusal({ error }: { error: unknown }) {
	const t = useTranslations("finetune");
	if (!error) return null;
	const known = toApiError(error);
	if (known.code === "invalid_state")
		return (
			<Callout tone="bad" title={t("noTrainerTitle")}>
				{t("noTrainerText")} <bdi lang="en">{known.message}</bdi>
			</Callout>
		);
	return <ErrorPanel error={error} title={known.param ? known.message : undefined} />;
}

interface PartProps {
	form: TuningForm;
	onChange: (part: Partial<TuningForm>) => void;
}

function Numbers({ form, onChange }: PartProps) {
	const t = useTranslations("finetune");
	const field = (name: "epochs" | "batch" | "rate" | "beta" | "seed", wrong: boolean) => (
		<TextField
			label={t(name)}
			optional
			inputMode={name === "rate" || name === "beta" ? "decimal" : "numeric"}
			autoComplete="off"
			placeholder={t("auto")}
			value={form[name]}
			error={wrong && t(name === "rate" || name === "beta" ? "factorError" : "wholeError")}
			onChange={(event) => onChange({ [name]: event.target.value })}
		/>
	);
	return (
		<Grid min="s">
			{field("epochs", wholeOf(form.epochs) === undefined)}
			{field("batch", wholeOf(form.batch) === undefined)}
			{field("rate", factorOf(form.rate) === undefined)}
			{form.method === "dpo" && field("beta", factorOf(form.beta) === undefined)}
			{field("seed", seedOf(form.seed) === undefined)}
		</Grid>
	);
}

/** What the API sets aside for it; time and money follow when it has read the file. */
function Estimate({ form, files }: { form: TuningForm; files: DataFile[] | undefined }) {
	const t = useTranslations("finetune");
	const file = files?.find(({ id }) => id === form.training);
	if (file === undefined) return <Muted>{t("estimateLater")}</Muted>;
	return (
		<Muted>
			{t.rich("estimate", { tokens: () => <Num value={setAside(file.bytes, form)} /> })}
		</Muted>
	);
}
