// SPDX-License-Identifier: Apache-2.0
// The text of a file beside its chunks: choosing one shows where it stands.
"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { Skeleton } from "@/ui/bits";
import { RadioGroup } from "@/ui/choice";
import { TextField } from "@/ui/field";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { type Chunk, type StoreFile, useChunks, useText } from "./queries";
import { type Block, blockAt, cut, splitText } from "./text-blocks";
import styles from "./text-view.module.css";

export function TextView({ file }: { file: StoreFile }) {
	const t = useTranslations("documents");
	const text = useText(file.vector_store_id, file.id);
	const chunks = useChunks(file.vector_store_id, file.id);
	const [at, setAt] = useQueryState("at");
	const [side, setSide] = useState<"text" | "chunks">("text");
	const rows = chunks.rows;
	const place = at === "" ? Number.NaN : Number(at);
	const chosen = rows?.find((chunk) => chunk.start <= place && place < chunk.end);
	const blocks = useMemo(() => splitText(text.data ?? ""), [text.data]);
	const error = text.error ?? chunks.error;
	if (error) return <ErrorPanel error={error} onRetry={() => void text.refetch()} />;
	if (text.data !== undefined && text.data === "")
		return (
			<Panel>
				<Empty title={t("noText")}>{t("noTextText")}</Empty>
			</Panel>
		);
	return (
		<Stack>
			<div className={styles.switch}>
				<RadioGroup
					segmented
					label={t("views")}
					value={side}
					onChange={setSide}
					options={[
						{ value: "text", label: t("text") },
						{ value: "chunks", label: t("chunks") },
					]}
				/>
			</div>
			<PageJump chunks={rows} onPlace={setAt} current={chosen} />
			<div className={styles.sides} data-side={side}>
				<section className={styles.side} data-name="text" aria-label={t("text")}>
					{text.data === undefined ? (
						<div className={styles.waiting}>
							<Skeleton lines={12} />
						</div>
					) : (
						<TextList blocks={blocks} chosen={chosen} />
					)}
				</section>
				<section className={styles.side} data-name="chunks" aria-label={t("chunks")}>
					{rows === undefined ? (
						<div className={styles.waiting}>
							<Skeleton lines={12} />
						</div>
					) : (
						<ChunkList
							chunks={rows}
							chosen={chosen}
							onChoose={(chunk) => {
								setAt(String(chunk.start));
								setSide("text");
							}}
						/>
					)}
				</section>
			</div>
		</Stack>
	);
}

interface PageJumpProps {
	chunks: Chunk[] | undefined;
	current: Chunk | undefined;
	onPlace: (at: string) => void;
}

/** For formats with pages: to the first passage of one. */
function PageJump({ chunks, current, onPlace }: PageJumpProps) {
	const t = useTranslations("documents");
	const [typed, setTyped] = useState("");
	const last = chunks?.reduce((most, chunk) => Math.max(most, chunk.page_end), 0) ?? 0;
	if (last === 0) return null;
	return (
		<Row>
			<TextField
				label={t("goToPage")}
				type="number"
				min={1}
				max={last}
				suffix={t("ofPages", { count: last })}
				value={typed}
				placeholder={current ? String(current.page_start) : ""}
				onChange={(event) => {
					setTyped(event.target.value);
					const page = event.target.valueAsNumber;
					const found = chunks?.find((chunk) => chunk.page_end >= page);
					if (found && page >= 1) onPlace(String(found.start));
				}}
			/>
		</Row>
	);
}

function TextList({ blocks, chosen }: { blocks: Block[]; chosen: Chunk | undefined }) {
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: blocks.length,
		getScrollElement: () => box.current,
		estimateSize: () => 220,
		overscan: 4,
	});
	const target = chosen && blocks.length > 0 ? blockAt(blocks, chosen.start) : -1;
	useEffect(() => {
		if (target >= 0) virtual.scrollToIndex(target, { align: "start" });
	}, [target, virtual]);
	return (
		<div ref={box} className={styles.box} tabIndex={0} role="document">
			<div className={styles.body} style={{ height: virtual.getTotalSize() }}>
				{virtual.getVirtualItems().map((item) => {
					const block = blocks[item.index] as Block;
					const [before, inside, after] = chosen
						? cut(block, chosen.start, chosen.end)
						: [block.text, "", ""];
					return (
						<p
							key={item.key}
							ref={virtual.measureElement}
							data-index={item.index}
							dir="auto"
							className={styles.block}
							style={{ transform: `translateY(${item.start}px)` }}
						>
							{before}
							{inside !== "" && <mark className={styles.mark}>{inside}</mark>}
							{after}
						</p>
					);
				})}
			</div>
		</div>
	);
}

interface ChunkListProps {
	chunks: Chunk[];
	chosen: Chunk | undefined;
	onChoose: (chunk: Chunk) => void;
}

function ChunkList({ chunks, chosen, onChoose }: ChunkListProps) {
	const t = useTranslations("documents");
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: chunks.length,
		getScrollElement: () => box.current,
		estimateSize: () => 112,
		overscan: 6,
	});
	const target = chosen?.index ?? -1;
	useEffect(() => {
		if (target >= 0) virtual.scrollToIndex(target, { align: "auto" });
	}, [target, virtual]);
	if (chunks.length === 0) return <Empty title={t("noChunks")}>{t("noChunksText")}</Empty>;
	return (
		<div ref={box} className={styles.box} tabIndex={0}>
			<ul className={styles.body} style={{ height: virtual.getTotalSize() }}>
				{virtual.getVirtualItems().map((item) => {
					const chunk = chunks[item.index] as Chunk;
					return (
						<li
							key={item.key}
							ref={virtual.measureElement}
							data-index={item.index}
							aria-setsize={chunks.length}
							aria-posinset={item.index + 1}
							className={styles.item}
							style={{ transform: `translateY(${item.start}px)` }}
						>
							<button
								type="button"
								className={styles.chunk}
								aria-pressed={chunk.id === chosen?.id}
								onClick={() => onChoose(chunk)}
							>
								<span className={styles.facts}>
									<strong>{t("chunkNumber", { number: chunk.index + 1 })}</strong>
									{chunk.page_start > 0 && (
										<span>
											{chunk.page_end > chunk.page_start
												? t("pagesFromTo", { from: chunk.page_start, to: chunk.page_end })
												: t("page", { page: chunk.page_start })}
										</span>
									)}
									<span>{t("tokens", { count: chunk.tokens })}</span>
								</span>
								{chunk.heading !== "" && (
									<span className={styles.heading}>
										<bdi>{chunk.heading}</bdi>
									</span>
								)}
								<span className={styles.excerpt} dir="auto">
									{chunk.text.slice(0, 400)}
								</span>
							</button>
						</li>
					);
				})}
			</ul>
		</div>
	);
}
