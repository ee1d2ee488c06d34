// SPDX-License-Identifier: Apache-2.0
// The attributes of a file: what searches can filter by.
"use client";
import { Plus, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Button, IconButton } from "@/ui/button";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Row, Stack } from "@/ui/page";
import { readValue, writeValue } from "./filters";
import { type Attributes, type StoreFile, useSetAttributes } from "./queries";

/** By the API. */
const MOST = 16;
const KEY_MOST = 64;
const VALUE_MOST = 512;

interface Line {
	key: string;
	value: string;
}

/** Null where two lines have the same key. */
export function toAttributes(lines: Line[]): Attributes | null {
	const filled = lines.filter((line) => line.key.trim() !== "");
	const pairs = filled.map((line) => [line.key.trim(), readValue(line.value)] as const);
	const attributes = Object.fromEntries(pairs);
	return Object.keys(attributes).length === filled.length ? attributes : null;
}

interface AttributesDialogProps {
	open: boolean;
	file: StoreFile;
	onClose: () => void;
}

export function AttributesDialog({ open, file, onClose }: AttributesDialogProps) {
	const t = useTranslations("documents");
	const save = useSetAttributes(file.vector_store_id, file.id);
	const [lines, setLines] = useState<Line[]>([]);
	const { reset } = save;
	// biome-ignore lint/correctness/useExhaustiveDependencies: as they are when the dialog opens
	useEffect(() => {
		if (!open) return;
		reset();
		const pairs = Object.entries(file.attributes ?? {});
		setLines(
			pairs.length === 0
				? [{ key: "", value: "" }]
				: pairs.map(([key, value]) => ({ key, value: writeValue(value) })),
		);
	}, [open]);
	const attributes = toAttributes(lines);
	const change = (index: number, part: Partial<Line>) =>
		setLines(lines.map((line, at) => (at === index ? { ...line, ...part } : line)));
	return (
		<FormDialog
			wide
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("attributesTitle")}
			description={t("attributesText")}
			submit={t("save")}
			busy={save.isPending}
			disabled={attributes === null}
			onSubmit={() => attributes && save.mutate(attributes, { onSuccess: onClose })}
		>
			<Stack gap={3}>
				{save.error && <ErrorPanel error={save.error} />}
				{lines.map((line, index) => (
					<Row key={index} gap={2}>
						<TextField
							label={t("attribute")}
							value={line.key}
							maxLength={KEY_MOST}
							error={
								attributes === null &&
								lines.some((other, at) => at < index && other.key.trim() === line.key.trim()) &&
								t("twice")
							}
							onChange={(event) => change(index, { key: event.target.value })}
						/>
						<TextField
							label={t("value")}
							value={line.value}
							maxLength={VALUE_MOST}
							onChange={(event) => change(index, { value: event.target.value })}
						/>
						<IconButton
							label={t("removeAttribute")}
							icon={<X size={16} />}
							onClick={() => setLines(lines.filter((_, at) => at !== index))}
						/>
					</Row>
				))}
				{lines.length < MOST && (
					<Row>
						<Button
							size="s"
							icon={<Plus size={14} />}
							onClick={() => setLines([...lines, { key: "", value: "" }])}
						>
							{t("addAttribute")}
						</Button>
					</Row>
				)}
			</Stack>
		</FormDialog>
	);
}
