// SPDX-License-Identifier: Apache-2.0
// What a search found, best first: the passage, where it stands, and what each leg said of it.
"use client";
import { useFormatter, useTranslations } from "use-intl";
import { Tag } from "@/ui/bits";
import { Link } from "@/ui/link";
import { Empty } from "@/ui/notice";
import { Panel } from "@/ui/page";
import { fileAddress } from "./address";
import { writeValue } from "./filters";
import type { SearchHit, SearchPage } from "./queries";
import styles from "./search-hits.module.css";

interface SearchHitsProps {
	store: string;
	page: SearchPage;
	threshold: number;
}

export function SearchHits({ store, page, threshold }: SearchHitsProps) {
	const t = useTranslations("documents");
	return (
		<Panel
			title={t("hits", { count: page.data.length })}
			description={t("searchedFor", { queries: page.search_query.join(" · ") })}
			flush
		>
			{page.data.length === 0 ? (
				<Empty title={t("noHits")}>{threshold > 0 ? t("noHitsThreshold") : t("noHitsText")}</Empty>
			) : (
				<ol className={styles.hits}>
					{page.data.map((hit, index) => (
						<Hit key={hit.bulkhead.chunk_id} store={store} hit={hit} rank={index + 1} />
					))}
				</ol>
			)}
		</Panel>
	);
}

function Hit({ store, hit, rank }: { store: string; hit: SearchHit; rank: number }) {
	const t = useTranslations("documents");
	const format = useFormatter();
	const score = (value: number, digits = 3) =>
		format.number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
	const { bulkhead: found } = hit;
	const attributes = Object.entries(hit.attributes ?? {});
	return (
		<li className={styles.hit}>
			<div className={styles.head}>
				<span className={styles.rank} aria-hidden>
					{rank}
				</span>
				<div className={styles.place}>
					<Link href={fileAddress(store, hit.file_id, { at: String(found.start) })}>
						<bdi>{hit.filename}</bdi>
					</Link>
					{found.page_start > 0 && (
						<Tag>
							{found.page_end > found.page_start
								? t("pagesFromTo", { from: found.page_start, to: found.page_end })
								: t("page", { page: found.page_start })}
						</Tag>
					)}
					{found.heading !== "" && (
						<span className={styles.heading}>
							<bdi>{found.heading}</bdi>
						</span>
					)}
				</div>
				<div className={styles.score}>
					<span className={styles.scoreValue}>{score(hit.score)}</span>
					<meter
						className={styles.meter}
						min={0}
						max={1}
						value={hit.score}
						aria-label={t("score")}
					/>
				</div>
			</div>
			<p className={styles.text} dir="auto">
				{found.context?.text ?? hit.content.map((part) => part.text).join("\n")}
			</p>
			<dl className={styles.legs}>
				<div>
					<dt>{t("vectorLeg")}</dt>
					<dd>
						{found.vector.rank > 0
							? t("leg", { rank: found.vector.rank, score: score(found.vector.score) })
							: t("notFound", { score: score(found.vector.score) })}
					</dd>
				</div>
				<div>
					<dt>{t("wordLeg")}</dt>
					<dd>
						{found.text.rank > 0
							? t("wordScore", {
									rank: found.text.rank,
									score: score(found.text.score, 2),
									share: format.number(found.text.share, {
										style: "percent",
										maximumFractionDigits: 0,
									}),
								})
							: t("noWord")}
					</dd>
				</div>
				<div>
					<dt>{t("fused")}</dt>
					<dd>{score(found.fused)}</dd>
				</div>
				{attributes.map(([key, value]) => (
					<div key={key}>
						<dt>
							<bdi>{key}</bdi>
						</dt>
						<dd>
							<bdi>{writeValue(value)}</bdi>
						</dd>
					</div>
				))}
			</dl>
		</li>
	);
}
