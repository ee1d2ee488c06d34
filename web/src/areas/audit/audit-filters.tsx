// SPDX-License-Identifier: Apache-2.0
// What the log is narrowed by. A field takes effect with Enter, or when it is left.
"use client";
import { useTranslations } from "use-intl";
import { fromField, toField } from "@/areas/usage/range";
import { Button } from "@/ui/button";
import { SearchField, TextField } from "@/ui/field";
import { Grid, Row, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { Filters } from "@/ui/table";
import type { AuditState } from "./audit-page";
import { SPANS, type SpanName } from "./span";

export function AuditFilters({ state }: { state: AuditState }) {
	const t = useTranslations("audit");
	const { filter } = state;
	const field = (name: "actor" | "action" | "object" | "text" | "request") => (
		<SearchField
			// Another value of the address, such as after "clear", begins the field anew.
			key={`${name} ${filter[name]}`}
			label={t(`filter_${name}`)}
			defaultValue={filter[name]}
			maxLength={256}
			spellCheck={false}
			autoComplete="off"
			onKeyDown={(event) =>
				event.key === "Enter" && state.set[name](event.currentTarget.value.trim())
			}
			onBlur={(event) => {
				const text = event.target.value.trim();
				if (text !== filter[name]) state.set[name](text);
			}}
		/>
	);
	const active =
		state.span !== "any" ||
		[filter.actor, filter.action, filter.object, filter.text, filter.request].some(Boolean);
	return (
		<Stack gap={3}>
			<Grid min="s">
				{field("text")}
				{field("action")}
				{field("actor")}
				{field("object")}
				{field("request")}
			</Grid>
			<Row between>
				<Filters>
					<FilterSelect<SpanName>
						label={t("span")}
						value={state.span}
						onChange={state.setSpan}
						options={SPANS.map((name) => ({ value: name, label: t(`span_${name}`) }))}
					/>
				</Filters>
				{active && (
					<Button size="s" variant="quiet" onClick={state.clear}>
						{t("clear")}
					</Button>
				)}
			</Row>
			{state.span === "custom" && (
				<Grid min="s">
					<Edge label={t("from")} value={state.from} onChange={state.setFrom} />
					<Edge label={t("to")} value={state.to} onChange={state.setTo} />
				</Grid>
			)}
		</Stack>
	);
}

interface EdgeProps {
	label: string;
	value: number | null;
	onChange: (value: string) => void;
}

function Edge({ label, value, onChange }: EdgeProps) {
	return (
		<TextField
			type="datetime-local"
			label={label}
			defaultValue={value === null ? "" : toField(value)}
			onBlur={(event) => {
				const seconds = fromField(event.target.value);
				if (seconds !== value) onChange(seconds === null ? "" : String(seconds));
			}}
		/>
	);
}
