// SPDX-License-Identifier: Apache-2.0
// A model of an upstream: asked before it is saved, and what it answered is shown.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/choice";
import { Dialog, FormDialog } from "@/ui/dialog";
import { PasswordField, TextField } from "@/ui/field";
import { None, Num } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { type Model, type ModelAdd, useAddModel } from "./queries";

export const KINDS = [
	"chat",
	"embedding",
	"rerank",
	"image",
	"transcription",
	"speech",
	"moderation",
] as const;
export type Kind = (typeof KINDS)[number];

/** Of what there is one price, of units; of others there are two, of tokens. */
export function hasUnits(kind: string): kind is Exclude<Kind, "chat" | "embedding"> {
	return kind !== "chat" && kind !== "embedding";
}

const seesImages = (kind: Kind) => kind === "chat" || kind === "moderation";

export interface ModelForm {
	name: string;
	url: string;
	upstreamModel: string;
	kind: Kind;
	key: string;
	priceIn: string;
	priceOut: string;
	vision: boolean;
	probe: boolean;
}

const EMPTY: ModelForm = {
	name: "",
	url: "",
	upstreamModel: "",
	kind: "chat",
	key: "",
	priceIn: "",
	priceOut: "",
	vision: false,
	probe: true,
};

export function isAddress(text: string): boolean {
	try {
		return ["http:", "https:"].includes(new URL(text.trim()).protocol);
	} catch {
		return false;
	}
}

/** Null while something is missing or no number. */
export function toAdd(form: ModelForm): ModelAdd | null {
	const priceIn = typedAmount(hasUnits(form.kind) ? "" : form.priceIn);
	const priceOut = typedAmount(form.priceOut);
	const name = form.name.trim();
	if (name === "" || !isAddress(form.url) || priceIn === undefined || priceOut === undefined)
		return null;
	return {
		name,
		url: form.url.trim(),
		kind: form.kind,
		probe: probes(form),
		...(form.vision && seesImages(form.kind) ? { vision: true } : {}),
		...(form.upstreamModel.trim() === "" ? {} : { upstream_model: form.upstreamModel.trim() }),
		...(form.key === "" ? {} : { api_key: form.key }),
		...(priceIn === null ? {} : { price_in: priceIn }),
		...(priceOut === null ? {} : { price_out: priceOut }),
	};
}

/** An image model is not asked for nothing. */
const probes = ({ kind, probe }: ModelForm) => probe && kind !== "image";

export function AddModelDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
	const t = useTranslations("upstreams");
	const add = useAddModel(tenant);
	const [form, setForm] = useState(EMPTY);
	const body = toAdd(form);
	const set = (part: Partial<ModelForm>) => setForm({ ...form, ...part });
	if (add.data) return <Added model={add.data} probed={probes(form)} onClose={onClose} />;
	return (
		<FormDialog
			wide
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("addTitle")}
			description={t("addText")}
			submit={probes(form) ? t("probeAndAdd") : t("add")}
			disabled={body === null}
			busy={add.isPending}
			onSubmit={() => body && add.mutate(body)}
		>
			<Stack>
				{add.error && <ErrorPanel error={add.error} title={t("addFailed")} />}
				<Grid>
					<TextField
						label={t("name")}
						hint={t("nameHint")}
						autoComplete="off"
						maxLength={200}
						value={form.name}
						onChange={(event) => set({ name: event.target.value })}
					/>
					<Select
						label={t("kind")}
						value={form.kind}
						onChange={(kind) => set({ kind })}
						options={KINDS.map((value) => ({ value, label: t(value) }))}
					/>
					<TextField
						label={t("url")}
						hint={t("urlHint")}
						inputMode="url"
						autoComplete="off"
						placeholder="https://api.example.com/v1"
						value={form.url}
						error={form.url !== "" && !isAddress(form.url) && t("urlError")}
						onChange={(event) => set({ url: event.target.value })}
					/>
					<TextField
						label={t("upstreamModel")}
						optional
						hint={t("upstreamModelHint")}
						autoComplete="off"
						value={form.upstreamModel}
						onChange={(event) => set({ upstreamModel: event.target.value })}
					/>
				</Grid>
				<PasswordField
					label={t("key")}
					optional
					hint={t("keyHint")}
					autoComplete="off"
					value={form.key}
					onChange={(event) => set({ key: event.target.value })}
				/>
				<Prices form={form} onChange={set} />
				{seesImages(form.kind) && (
					<Checkbox
						label={t("vision")}
						hint={form.kind === "chat" ? t("visionHint") : undefined}
						checked={form.vision}
						onChange={(vision) => set({ vision })}
					/>
				)}
				{form.kind === "image" ? (
					<Callout>{t("noProbe")}</Callout>
				) : (
					<Checkbox
						label={t("probe")}
						hint={t("probeHint")}
						checked={form.probe}
						onChange={(probe) => set({ probe })}
					/>
				)}
			</Stack>
		</FormDialog>
	);
}

interface PricesProps {
	form: Pick<ModelForm, "kind" | "priceIn" | "priceOut">;
	onChange: (part: Partial<Pick<ModelForm, "priceIn" | "priceOut">>) => void;
}

/** Of tokens that are read and written, or of the units of its kind. */
export function Prices({ form, onChange }: PricesProps) {
	const t = useTranslations("upstreams");
	const out = (label: string, unit: string) => (
		<PriceField
			label={label}
			unit={unit}
			value={form.priceOut}
			onChange={(priceOut) => onChange({ priceOut })}
		/>
	);
	if (hasUnits(form.kind)) return out(t("priceUnits"), t(`perMillion_${form.kind}`));
	return (
		<Grid>
			<PriceField
				label={t("priceIn")}
				unit={t("perMillion")}
				value={form.priceIn}
				onChange={(priceIn) => onChange({ priceIn })}
			/>
			{out(t("priceOut"), t("perMillion"))}
		</Grid>
	);
}

function PriceField({
	label,
	unit,
	value,
	onChange,
}: {
	label: string;
	unit: string;
	value: string;
	onChange: (value: string) => void;
}) {
	const t = useTranslations("upstreams");
	return (
		<TextField
			label={label}
			optional
			inputMode="decimal"
			autoComplete="off"
			suffix={unit}
			value={value}
			error={typedAmount(value) === undefined && t("numberError")}
			onChange={(event) => onChange(event.target.value)}
		/>
	);
}

interface AddedProps {
	model: Model;
	probed: boolean;
	onClose: () => void;
}

/** What the probe found out. */
function Added({ model, probed, onClose }: AddedProps) {
	const t = useTranslations("upstreams");
	return (
		<Dialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("addedTitle", { name: model.name })}
			footer={
				<Button variant="primary" onClick={onClose}>
					{t("done")}
				</Button>
			}
		>
			<Stack>
				<Callout tone={probed ? "good" : "info"}>
					{probed ? t("probedText") : t("notProbedText")}
				</Callout>
				<DescriptionList
					items={[
						{ term: t("upstreamModel"), value: model.upstream_model },
						{ term: t("url"), value: <code>{model.url}</code> },
						{
							term: t("context"),
							value: model.context === 0 ? <None /> : <Num value={model.context} />,
						},
						{
							term: t("dimensions"),
							value: model.dimensions === 0 ? <None /> : <Num value={model.dimensions} />,
						},
						{ term: t("concurrency"), value: <Num value={model.concurrency} /> },
						{ term: t("key"), value: model.has_api_key ? t("keyKept") : <None /> },
					]}
				/>
			</Stack>
		</Dialog>
	);
}
