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

type Kind = "chat" | "embedding" | "rerank";

export interface ModelForm {
	name: string;
	url: string;
	upstreamModel: string;
	kind: Kind;
	key: string;
	priceIn: string;
	priceOut: string;
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
	const priceIn = typedAmount(form.priceIn);
	const priceOut = typedAmount(form.priceOut);
	const name = form.name.trim();
	if (name === "" || !isAddress(form.url) || priceIn === undefined || priceOut === undefined)
		return null;
	return {
		name,
		url: form.url.trim(),
		kind: form.kind,
		probe: form.probe,
		...(form.upstreamModel.trim() === "" ? {} : { upstream_model: form.upstreamModel.trim() }),
		...(form.key === "" ? {} : { api_key: form.key }),
		...(priceIn === null ? {} : { price_in: priceIn }),
		...(priceOut === null ? {} : { price_out: priceOut }),
	};
}

export function AddModelDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
	const t = useTranslations("upstreams");
	const add = useAddModel(tenant);
	const [form, setForm] = useState(EMPTY);
	const body = toAdd(form);
	const set = (part: Partial<ModelForm>) => setForm({ ...form, ...part });
	if (add.data) return <Added model={add.data} probed={form.probe} onClose={onClose} />;
	return (
		<FormDialog
			wide
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("addTitle")}
			description={t("addText")}
			submit={form.probe ? t("probeAndAdd") : t("add")}
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
						options={[
							{ value: "chat", label: t("chat") },
							{ value: "embedding", label: t("embedding") },
							{ value: "rerank", label: t("rerank") },
						]}
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
				<Grid>
					<PriceField
						label={t("priceIn")}
						value={form.priceIn}
						onChange={(priceIn) => set({ priceIn })}
					/>
					<PriceField
						label={t("priceOut")}
						value={form.priceOut}
						onChange={(priceOut) => set({ priceOut })}
					/>
				</Grid>
				<Checkbox
					label={t("probe")}
					hint={t("probeHint")}
					checked={form.probe}
					onChange={(probe) => set({ probe })}
				/>
			</Stack>
		</FormDialog>
	);
}

export function PriceField({
	label,
	value,
	onChange,
}: {
	label: string;
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
			suffix={t("perMillion")}
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
