// SPDX-License-Identifier: Apache-2.0
// The form of a picture to be made, from words alone or from other pictures.
"use client";
import { ImagePlus, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import type { Model } from "@/api/models";
import { useCurrency } from "@/areas/models/queries";
import { useSession } from "@/session/session";
import { IconButton } from "@/ui/button";
import { FormDialog } from "@/ui/dialog";
import { TextArea, TextField } from "@/ui/field";
import { Money } from "@/ui/format";
import { Image } from "@/ui/image";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Grid, Muted, Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { ChoosePicture, UploadState } from "./choose";
import {
	BACKGROUNDS,
	costOf,
	FORMATS,
	isContrary,
	type PictureForm,
	PROMPT_MOST,
	QUALITIES,
	SIZES,
	SOURCES_MOST,
	seedOf,
	toRequest,
} from "./form";
import styles from "./images.module.css";
import { contentOf, type Job, useMake, usePriced } from "./queries";
import { useUpload } from "./use-upload";

interface CreateDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	/** What it begins with. */
	preset: PictureForm;
	/** Of images; undefined while they are on their way, or where one may not see them. */
	models: Model[] | undefined;
	onMade: (job: Job) => void;
}

export function CreateDialog({ open, onOpenChange, preset, models, onMade }: CreateDialogProps) {
	const t = useTranslations("images");
	const make = useMake();
	const [form, setForm] = useState(preset);
	const set = (part: Partial<PictureForm>) => setForm((now) => ({ ...now, ...part }));
	const resetCall = make.reset;
	useEffect(() => {
		if (!open) return;
		setForm(preset);
		resetCall();
	}, [open, preset, resetCall]);
	const body = toRequest(form);
	const edits = form.sources.length > 0;
	return (
		<FormDialog
			wide
			open={open}
			onOpenChange={onOpenChange}
			title={t(edits ? "editTitle" : "createTitle")}
			description={t("createText")}
			submit={t(edits ? "edit" : "create")}
			disabled={body === null}
			busy={make.isPending}
			onSubmit={() =>
				body &&
				make.mutate(body, {
					onSuccess: (job) => {
						onOpenChange(false);
						onMade(job);
					},
				})
			}
		>
			<Stack>
				{make.error && <ErrorPanel error={make.error} />}
				{models?.length === 0 && (
					<Callout tone="warn" title={t("testBackendTitle")}>
						{t("testBackendText")}
					</Callout>
				)}
				<TextArea
					label={t("prompt")}
					hint={edits ? t("promptOfEdit") : t("promptHint")}
					dir="auto"
					maxLength={PROMPT_MOST}
					value={form.prompt}
					onChange={(event) => set({ prompt: event.target.value })}
				/>
				<Sources form={form} onChange={set} />
				<Choices form={form} onChange={set} models={models ?? []} />
				<Cost form={form} models={models} />
			</Stack>
		</FormDialog>
	);
}

interface PartProps {
	form: PictureForm;
	onChange: (part: Partial<PictureForm>) => void;
}

function Choices({ form, onChange, models }: PartProps & { models: Model[] }) {
	const t = useTranslations("images");
	const sizes = [...new Set<string>([...SIZES, form.size])];
	return (
		<Grid min="s">
			{models.length > 1 && (
				<Select
					label={t("model")}
					value={form.model}
					onChange={(model) => onChange({ model })}
					options={[
						{ value: "", label: t("defaultModel") },
						...models.map(({ id }) => ({ value: id, label: id })),
					]}
				/>
			)}
			<Select
				label={t("count")}
				value={String(form.n)}
				onChange={(n) => onChange({ n: Number(n) })}
				options={Array.from({ length: 10 }, (_, index) => ({
					value: String(index + 1),
					label: String(index + 1),
				}))}
			/>
			<Select
				label={t("size")}
				value={form.size}
				onChange={(size) => onChange({ size })}
				options={sizes.map((value) => ({
					value,
					label: value === "auto" ? t("auto") : value.replace("x", " × "),
				}))}
			/>
			<Select
				label={t("quality")}
				value={form.quality}
				onChange={(quality) => onChange({ quality })}
				options={QUALITIES.map((value) => ({ value, label: t(`quality_${value}`) }))}
			/>
			<Select
				label={t("format")}
				value={form.format}
				onChange={(format) => onChange({ format })}
				options={FORMATS.map((value) => ({ value, label: value.toUpperCase() }))}
			/>
			<Select
				label={t("background")}
				value={form.background}
				error={isContrary(form) && t("contrary")}
				onChange={(background) => onChange({ background })}
				options={BACKGROUNDS.map((value) => ({ value, label: t(`background_${value}`) }))}
			/>
			<TextField
				label={t("seed")}
				optional
				inputMode="numeric"
				autoComplete="off"
				value={form.seed}
				error={seedOf(form.seed) === undefined && t("seedError")}
				onChange={(event) => onChange({ seed: event.target.value })}
			/>
		</Grid>
	);
}

/** What it is made from, and which part of the first one may change. */
function Sources({ form, onChange }: PartProps) {
	const t = useTranslations("images");
	const { can } = useSession();
	const upload = useUpload();
	if (!can("files:write") && form.sources.length === 0) return null;
	const busy = upload.uploading !== null;
	const add = (file: File, take: (id: string) => void) =>
		void upload.send(file).then((id) => id !== null && take(id));
	return (
		<Stack gap={2}>
			{form.sources.length > 0 && (
				<ul className={styles.sources} aria-label={t("sources")}>
					{form.sources.map((id, index) => (
						<Source
							key={id}
							id={id}
							name={t("source", { number: index + 1 })}
							onRemove={() =>
								onChange({
									sources: form.sources.filter((each) => each !== id),
									// A mask is as large as the first one.
									...(index === 0 && { mask: "" }),
								})
							}
						/>
					))}
					{form.mask !== "" && (
						<Source id={form.mask} name={t("mask")} onRemove={() => onChange({ mask: "" })} />
					)}
				</ul>
			)}
			{can("files:write") && (
				<Row>
					{form.sources.length < SOURCES_MOST && (
						<ChoosePicture
							size="s"
							label={t("addSource")}
							icon={<ImagePlus size={14} />}
							disabled={busy}
							onFile={(file) => add(file, (id) => onChange({ sources: [...form.sources, id] }))}
						/>
					)}
					{form.sources.length > 0 && form.mask === "" && (
						<ChoosePicture
							size="s"
							label={t("addMask")}
							disabled={busy}
							onFile={(file) => add(file, (mask) => onChange({ mask }))}
						/>
					)}
				</Row>
			)}
			{form.sources.length > 0 && <Muted>{t("maskHint")}</Muted>}
			<UploadState upload={upload} />
		</Stack>
	);
}

function Source({ id, name, onRemove }: { id: string; name: string; onRemove: () => void }) {
	const t = useTranslations("images");
	return (
		<li className={styles.source}>
			<Image className={styles.thumb} src={contentOf(id)} alt={name} />
			<IconButton
				size="s"
				label={t("removeSource", { name })}
				icon={<X size={14} />}
				onClick={onRemove}
			/>
		</li>
	);
}

/** Known before it is asked for: by the price of such pictures, of the plan. */
function Cost({ form, models }: { form: PictureForm; models: Model[] | undefined }) {
	const t = useTranslations("images");
	const { can } = useSession();
	const currency = useCurrency(can("billing:read"));
	const model = models?.find(
		({ id, bulkhead }) => id === form.model || (form.model === "" && bulkhead.default),
	);
	const priced = usePriced(model?.id, form.size, form.quality);
	if (model === undefined || priced.isPending) return null;
	const nanos = costOf(priced.data, form.n);
	if (nanos === null) return <Muted>{t("costUnknown")}</Muted>;
	if (nanos === 0n) return <Muted>{t("costFree")}</Muted>;
	return (
		<Muted>
			{currency === null
				? t("costHidden")
				: t.rich("cost", { money: () => <Money nanos={nanos} currency={currency} /> })}
		</Muted>
	);
}
