// SPDX-License-Identifier: Apache-2.0
// A bench for a store's search: what is asked and how, and for each hit how it was found.
"use client";
import { MessageSquare, Plus, Search as SearchMark, X } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { type KeyboardEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { useModelsOf } from "@/api/models";
import { useSetQuery } from "@/api/url-state";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { Checkbox, RadioGroup } from "@/ui/choice";
import { CodeButton } from "@/ui/code-button";
import { TextArea, TextField } from "@/ui/field";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { Grid, Panel, Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { chatAddress, keepDraft } from "./address";
import {
	type Condition,
	type Conditions,
	OPERATORS,
	readConditions,
	writeConditions,
} from "./filters";
import { type Store, useBeginChat, useSearch } from "./queries";
import { SearchHits } from "./search-hits";
import { type Bench, type Legs, PRESET, readBench, toSearch, writeBench } from "./search-state";
import { searchSnippets } from "./snippets";

export function SearchPanel({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const asked = readBench(useSearchParams());
	const setQuery = useSetQuery();
	const [draft, setDraft] = useState(asked);
	const body = toSearch(asked);
	const search = useSearch(store.id, body);
	const ask = () => {
		setQuery(writeBench(draft));
		if (JSON.stringify(draft) === JSON.stringify(asked)) void search.refetch();
	};
	return (
		<Stack>
			<Panel>
				<form
					onSubmit={(event) => {
						event.preventDefault();
						ask();
					}}
				>
					<BenchForm
						bench={draft}
						onChange={(change) => setDraft({ ...draft, ...change })}
						onAsk={ask}
						busy={search.isFetching}
					/>
				</form>
			</Panel>
			{search.error && body && (
				<ErrorPanel error={search.error} onRetry={() => void search.refetch()} />
			)}
			{!body && (
				<Panel>
					<Empty title={t("searchEmpty")}>{t("searchEmptyText")}</Empty>
				</Panel>
			)}
			{body && search.isLoading && (
				<Panel>
					<Skeleton lines={8} />
				</Panel>
			)}
			{body && search.data && !search.error && (
				<>
					{search.data.bulkhead?.reranker.applied === false && (
						<Callout tone="warn">
							{t("notReranked", {
								model: search.data.bulkhead.reranker.model,
								reason: search.data.bulkhead.reranker.reason ?? "",
							})}
						</Callout>
					)}
					<SearchHits store={store.id} page={search.data} threshold={asked.threshold} />
					<Row gap={2}>
						<AskInChat store={store.id} question={asked.query} />
						<CodeButton snippets={(origin) => searchSnippets(origin, store.id, body)} />
					</Row>
				</>
			)}
		</Stack>
	);
}

/** A new chat with this store, and the question as its draft: sent by whoever asks. */
function AskInChat({ store, question }: { store: string; question: string }) {
	const t = useTranslations("documents");
	const { can } = useSession();
	const router = useRouter();
	const begin = useBeginChat();
	if (!can("responses:write")) return null;
	return (
		<>
			<Button
				size="s"
				icon={<MessageSquare size={14} />}
				busy={begin.isPending}
				onClick={() =>
					begin.mutate(store, {
						onSuccess: (chat) => {
							keepDraft(chat.id, question);
							router.push(chatAddress(chat.id));
						},
					})
				}
			>
				{t("askInChat")}
			</Button>
			{begin.error && <ErrorPanel error={begin.error} />}
		</>
	);
}

interface BenchFormProps {
	bench: Bench;
	onChange: (change: Partial<Bench>) => void;
	onAsk: () => void;
	busy: boolean;
}

function BenchForm({ bench, onChange, onAsk, busy }: BenchFormProps) {
	const t = useTranslations("documents");
	const rerankers = useModelsOf("rerank") ?? [];
	const [more, setMore] = useState(
		writeBench({ ...bench, query: "" }) !== undefined &&
			Object.values(writeBench({ ...bench, query: "" })).some((value) => value !== ""),
	);
	const enter = (event: KeyboardEvent) => {
		if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
		event.preventDefault();
		onAsk();
	};
	return (
		<Stack>
			<TextArea
				label={t("question")}
				hint={t("questionHint")}
				rows={2}
				value={bench.query}
				onChange={(event) => onChange({ query: event.target.value })}
				onKeyDown={enter}
			/>
			{more && (
				<>
					<Grid min="s">
						<NumberField
							label={t("results")}
							value={bench.count}
							onChange={(count) => onChange({ count })}
							least={1}
							most={50}
						/>
						<NumberField
							label={t("threshold")}
							hint={t("thresholdHint")}
							value={bench.threshold}
							onChange={(threshold) => onChange({ threshold })}
							least={0}
							most={1}
							step={0.05}
						/>
						<NumberField
							label={t("expand")}
							hint={t("expandHint")}
							value={bench.expand}
							onChange={(expand) => onChange({ expand })}
							least={0}
							most={4096}
							step={100}
						/>
						<Select
							label={t("ranker")}
							value={bench.ranker}
							onChange={(ranker) => onChange({ ranker })}
							options={[
								{ value: "auto", label: t("rankerAuto") },
								{ value: "none", label: t("rankerNone") },
								...rerankers.map((model) => ({ value: model.id, label: model.id })),
							]}
						/>
					</Grid>
					<RadioGroup<Legs>
						segmented
						label={t("legs")}
						value={bench.legs}
						onChange={(legs) => onChange({ legs })}
						options={[
							{ value: "both", label: t("legsBoth") },
							{ value: "words", label: t("legsWords") },
							{ value: "vectors", label: t("legsVectors") },
							{ value: "custom", label: t("legsCustom") },
						]}
					/>
					{bench.legs === "custom" && (
						<Grid min="s">
							<NumberField
								label={t("textWeight")}
								value={bench.textWeight}
								onChange={(textWeight) => onChange({ textWeight })}
								least={0}
								most={1_000_000}
								step={0.1}
							/>
							<NumberField
								label={t("vectorWeight")}
								value={bench.vectorWeight}
								onChange={(vectorWeight) => onChange({ vectorWeight })}
								least={0}
								most={1_000_000}
								step={0.1}
							/>
						</Grid>
					)}
					<Checkbox
						label={t("rewrite")}
						hint={t("rewriteHint")}
						checked={bench.rewrite}
						onChange={(rewrite) => onChange({ rewrite })}
					/>
					<ConditionsEditor
						conditions={readConditions(bench.filters)}
						onChange={(conditions) => onChange({ filters: writeConditions(conditions) })}
					/>
				</>
			)}
			<Row gap={2}>
				<Button type="submit" variant="primary" icon={<SearchMark size={16} />} busy={busy}>
					{t("search")}
				</Button>
				<Button variant="quiet" aria-expanded={more} onClick={() => setMore(!more)}>
					{more ? t("fewerOptions") : t("moreOptions")}
				</Button>
				{more && (
					<Button variant="quiet" onClick={() => onChange({ ...PRESET, query: bench.query })}>
						{t("resetOptions")}
					</Button>
				)}
			</Row>
		</Stack>
	);
}

interface NumberFieldProps {
	label: string;
	hint?: string;
	value: number;
	onChange: (value: number) => void;
	least: number;
	most: number;
	step?: number;
}

function NumberField({ label, hint, value, onChange, least, most, step = 1 }: NumberFieldProps) {
	return (
		<TextField
			label={label}
			hint={hint}
			type="number"
			min={least}
			max={most}
			step={step}
			value={Number.isNaN(value) ? "" : value}
			onChange={(event) => onChange(event.target.valueAsNumber)}
			onBlur={() => onChange(Number.isNaN(value) ? least : Math.min(most, Math.max(least, value)))}
		/>
	);
}

interface ConditionsEditorProps {
	conditions: Conditions;
	onChange: (conditions: Conditions) => void;
}

function ConditionsEditor({ conditions, onChange }: ConditionsEditorProps) {
	const t = useTranslations("documents");
	const { join, list } = conditions;
	const change = (index: number, part: Partial<Condition>) =>
		onChange({ join, list: list.map((each, at) => (at === index ? { ...each, ...part } : each)) });
	return (
		<Stack gap={2}>
			{list.map((each, index) => (
				<Row key={index} gap={2}>
					<TextField
						label={t("attribute")}
						value={each.key}
						maxLength={64}
						onChange={(event) => change(index, { key: event.target.value })}
					/>
					<Select
						label={t("comparison")}
						value={each.type}
						onChange={(type) => change(index, { type })}
						options={OPERATORS.map((value) => ({ value, label: t(`op_${value}`) }))}
					/>
					<TextField
						label={t("value")}
						value={each.value}
						onChange={(event) => change(index, { value: event.target.value })}
					/>
					<IconButton
						label={t("removeFilter")}
						icon={<X size={16} />}
						onClick={() => onChange({ join, list: list.filter((_, at) => at !== index) })}
					/>
				</Row>
			))}
			{list.length > 1 && (
				<RadioGroup
					segmented
					label={t("join")}
					value={join}
					onChange={(next) => onChange({ join: next, list })}
					options={[
						{ value: "and", label: t("joinAnd") },
						{ value: "or", label: t("joinOr") },
					]}
				/>
			)}
			<Row>
				<Button
					size="s"
					icon={<Plus size={14} />}
					onClick={() => onChange({ join, list: [...list, { key: "", type: "eq", value: "" }] })}
				>
					{t("addFilter")}
				</Button>
			</Row>
		</Stack>
	);
}
