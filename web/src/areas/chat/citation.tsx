// SPDX-License-Identifier: Apache-2.0
// Sources: the numbered marks in the sentences, and the list below the answer.
"use client";
import { FileText } from "lucide-react";
import { useTranslations } from "use-intl";
import { Tooltip } from "@/ui/tooltip";
import type { Citation } from "./answer";
import styles from "./answer.module.css";
import { quoteOf, type Source } from "./citations";

const PREVIEW = 280;

function cut(text: string): string {
	const flat = text.replace(/\s+/g, " ").trim();
	return flat.length > PREVIEW ? `${flat.slice(0, PREVIEW).trimEnd()}…` : flat;
}

/** "Page 3", "Pages 3–5", or nothing for formats without pages. */
export function usePages() {
	const t = useTranslations("chat");
	return (place: { page_start?: number | null; page_end?: number | null }) => {
		if (!place.page_start) return undefined;
		return place.page_end && place.page_end !== place.page_start
			? t("pages", { from: place.page_start, to: place.page_end })
			: t("page", { page: place.page_start });
	};
}

interface SourceMarkProps {
	source: Source;
	citation: Citation | undefined;
	open: boolean;
	onOpen: () => void;
}

/** A number in the sentence; hover and focus show what it stands on, pressing opens it. */
export function SourceMark({ source, citation, open, onOpen }: SourceMarkProps) {
	const t = useTranslations("chat");
	const pages = usePages();
	const { filename, bulkhead } = source.citation;
	const page = pages(bulkhead);
	const quote = quoteOf(source, citation);
	return (
		<Tooltip
			text={
				<span className={styles.preview}>
					<strong dir="auto">{filename}</strong>
					{page !== undefined && <span>{page}</span>}
					{quote !== undefined && <q dir="auto">{cut(quote)}</q>}
				</span>
			}
		>
			<button
				type="button"
				className={styles.mark}
				aria-pressed={open}
				aria-label={t("sourceLabel", { number: source.number, name: filename })}
				data-source={source.number}
				onClick={onOpen}
			>
				{source.number}
			</button>
		</Tooltip>
	);
}

interface SourceChipsProps {
	sources: Source[];
	openSource: number | null;
	onSource: (number: number) => void;
}

export function SourceChips({ sources, openSource, onSource }: SourceChipsProps) {
	const t = useTranslations("chat");
	const pages = usePages();
	if (sources.length === 0) return null;
	return (
		<ul className={styles.chips} aria-label={t("sources")}>
			{sources.map((source) => (
				<li key={source.number}>
					<button
						type="button"
						className={styles.chip}
						aria-pressed={openSource === source.number}
						onClick={() => onSource(source.number)}
					>
						<span className={styles.chipNumber}>{source.number}</span>
						<FileText size={14} aria-hidden />
						<span className={styles.chipName} dir="auto">
							{source.citation.filename}
						</span>
						{source.citation.bulkhead.page_start ? (
							<span className={styles.chipPage}>{pages(source.citation.bulkhead)}</span>
						) : null}
					</button>
				</li>
			))}
		</ul>
	);
}
