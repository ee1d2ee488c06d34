// SPDX-License-Identifier: Apache-2.0
// The document behind a citation: its text around the passage, the passage marked, the supporting sentence stronger.
"use client";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { Skeleton } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { Drawer } from "@/ui/dialog";
import { Callout, ErrorPanel } from "@/ui/notice";
import type { Answer } from "./answer";
import answerStyles from "./answer.module.css";
import styles from "./chat.module.css";
import { usePages } from "./citation";
import { type Source, sourcesOf } from "./citations";
import { type Piece, piecesOf, type Range } from "./passage";
import { useDocumentText } from "./queries";
import { useWide } from "./use-wide";

interface SourcePaneProps {
	answer: Answer;
	number: number;
	onClose: () => void;
}

export function SourcePane({ answer, number, onClose }: SourcePaneProps) {
	const t = useTranslations("chat");
	const wide = useWide("(min-width: 80rem)");
	const found = useMemo(() => find(answer, number), [answer, number]);
	const close = useRef<HTMLDivElement>(null);
	// It is opened by a press in the text; who uses a keyboard goes on in it.
	// biome-ignore lint/correctness/useExhaustiveDependencies: another source, too
	useEffect(() => {
		close.current?.focus();
	}, [found, wide]);
	if (!found) return null;
	const { filename } = found.source.citation;
	if (!wide)
		return (
			<Drawer
				open
				onOpenChange={(open) => !open && onClose()}
				title={<span dir="auto">{filename}</span>}
				description={<Facts source={found.source} />}
			>
				<Passage {...found} stores={found.stores} />
			</Drawer>
		);
	return (
		<aside
			className={answerStyles.pane}
			aria-label={t("sourceLabel", { number, name: filename })}
			onKeyDown={(event) => {
				if (event.key !== "Escape") return;
				event.stopPropagation();
				onClose();
			}}
		>
			<div className={answerStyles.paneHead} tabIndex={-1} ref={close}>
				<span className={answerStyles.chipNumber}>{number}</span>
				<div className={answerStyles.paneText}>
					<h2 dir="auto">{filename}</h2>
					<p className={styles.hint}>
						<Facts source={found.source} />
					</p>
				</div>
				<IconButton size="s" label={t("closeSource")} icon={<X size={16} />} onClick={onClose} />
			</div>
			<div className={answerStyles.paneBody}>
				<Passage {...found} />
			</div>
		</aside>
	);
}

interface Found {
	source: Source;
	stores: string[];
	quotes: Range[];
}

/** The source of that number, with every sentence of it that the answer stands on. */
function find(answer: Answer, number: number): Found | undefined {
	const { sources, numbers } = sourcesOf(answer);
	const source = sources.find((each) => each.number === number);
	if (!source) return undefined;
	const quotes = [...numbers].flatMap(([citation, its]) => {
		const { quote_start: start, quote_end: end } = citation.bulkhead;
		return its === number && start !== undefined && end !== undefined ? [{ start, end }] : [];
	});
	const tools = answer.response.tools as { type?: string; vector_store_ids?: string[] }[];
	return {
		source,
		quotes,
		stores: tools.flatMap((tool) =>
			tool.type === "file_search" ? (tool.vector_store_ids ?? []) : [],
		),
	};
}

function Facts({ source }: { source: Source }) {
	const t = useTranslations("chat");
	const pages = usePages();
	const facts = [
		pages(source.citation.bulkhead),
		source.hit?.bulkhead?.heading || undefined,
	].filter((fact) => fact !== undefined);
	return facts.length === 0 ? t("passage") : facts.join(" · ");
}

const AROUND = 1500;
const MORE = 6000;

function Passage({ source, stores, quotes }: Found) {
	const t = useTranslations("chat");
	const document = useDocumentText(stores, source.citation.file_id);
	if (document.isPending) return <Skeleton lines={12} />;
	if (document.error) {
		const gone = toApiError(document.error).status === 404;
		return (
			<>
				{gone ? (
					<Callout tone="warn">{t("documentGone")}</Callout>
				) : (
					<ErrorPanel error={document.error} onRetry={() => void document.refetch()} />
				)}
				{source.hit?.text !== undefined && (
					<Pieces
						pieces={piecesOf(
							source.hit.text,
							source.hit.bulkhead?.start ?? 0,
							source.citation.bulkhead,
							quotes,
						)}
					/>
				)}
			</>
		);
	}
	return (
		<Text
			key={`${source.citation.file_id} ${source.citation.bulkhead.start}`}
			text={document.data}
			source={source}
			quotes={quotes}
		/>
	);
}

function Text({ text, source, quotes }: { text: string; source: Source; quotes: Range[] }) {
	const t = useTranslations("chat");
	const points = useMemo(() => Array.from(text), [text]);
	const { start, end } = source.citation.bulkhead;
	const [before, setBefore] = useState(AROUND);
	const [behind, setBehind] = useState(AROUND);
	const from = Math.max(0, start - before);
	const to = Math.min(points.length, end + behind);
	const pieces = useMemo(
		() => piecesOf(points.slice(from, to).join(""), from, { start, end }, quotes),
		[points, from, to, start, end, quotes],
	);
	return (
		<>
			{from > 0 && (
				<Button size="s" variant="quiet" onClick={() => setBefore(before + MORE)}>
					{t("earlier")}
				</Button>
			)}
			<Pieces pieces={pieces} />
			{to < points.length && (
				<Button size="s" variant="quiet" onClick={() => setBehind(behind + MORE)}>
					{t("later")}
				</Button>
			)}
		</>
	);
}

function Pieces({ pieces }: { pieces: Piece[] }) {
	const strongest = useRef<HTMLElement>(null);
	useEffect(() => {
		strongest.current?.scrollIntoView({ block: "center" });
	}, []);
	const focus =
		pieces.findIndex((piece) => piece.quote) >= 0
			? pieces.findIndex((piece) => piece.quote)
			: pieces.findIndex((piece) => piece.passage);
	return (
		<p className={answerStyles.documentText} dir="auto">
			{pieces.map((piece, index) => {
				const ref = index === focus ? strongest : undefined;
				if (piece.quote)
					return (
						<mark key={piece.start} ref={ref} className={answerStyles.quote}>
							<strong>{piece.text}</strong>
						</mark>
					);
				if (piece.passage)
					return (
						<mark key={piece.start} ref={ref} className={answerStyles.passage}>
							{piece.text}
						</mark>
					);
				return <span key={piece.start}>{piece.text}</span>;
			})}
		</p>
	);
}
