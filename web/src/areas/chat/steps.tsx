// SPDX-License-Identifier: Apache-2.0
// What was done before the answer: searches and calls, collapsed, with counts and scores.
"use client";
import { ChevronRight, Search, Wrench } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import { CodeBlock } from "@/ui/copy";
import type { Item } from "./answer";
import answerStyles from "./answer.module.css";
import styles from "./chat.module.css";
import { usePages } from "./citation";

interface StepsProps {
	items: readonly Item[];
	live: boolean;
	/** How many of the passages the answer cites. */
	cited: number;
}

export function Steps({ items, live, cited }: StepsProps) {
	return items.map((item) => {
		if (item.type === "search" && item.hits !== null)
			return <SearchStep key={item.id} item={item} live={live} cited={cited} />;
		if (item.type === "call") return <CallStep key={item.id} item={item} />;
		return null;
	});
}

function SearchStep({
	item,
	live,
	cited,
}: {
	item: Extract<Item, { type: "search" }>;
	live: boolean;
	cited: number;
}) {
	const t = useTranslations("chat");
	const format = useFormatter();
	const pages = usePages();
	const hits = item.hits ?? [];
	return (
		<details className={answerStyles.step}>
			<summary>
				<ChevronRight size={14} aria-hidden className={answerStyles.stepArrow} />
				<Search size={14} aria-hidden />
				{live
					? t("searchedLive", { passages: hits.length })
					: t("searched", { passages: hits.length, cited })}
			</summary>
			<div className={answerStyles.stepBody}>
				<p className={styles.hint}>{t("queries", { count: item.queries.length })}</p>
				<ul className={answerStyles.queries}>
					{item.queries.map((query) => (
						<li key={query} dir="auto">
							{query}
						</li>
					))}
				</ul>
				<ol className={answerStyles.hits}>
					{hits.map((hit, index) => (
						<li key={index}>
							<span className={answerStyles.hitHead}>
								<span dir="auto" className={answerStyles.hitName}>
									{hit.filename}
								</span>
								<span>{pages(hit.bulkhead ?? {})}</span>
								{hit.score !== undefined && (
									<span className={styles.figure} title={t("score")}>
										{format.number(hit.score, {
											minimumFractionDigits: 2,
											maximumFractionDigits: 2,
										})}
									</span>
								)}
							</span>
							<span className={answerStyles.hitText} dir="auto">
								{hit.text?.slice(0, 240)}
							</span>
						</li>
					))}
				</ol>
			</div>
		</details>
	);
}

function CallStep({ item }: { item: Extract<Item, { type: "call" }> }) {
	const t = useTranslations("chat");
	return (
		<details className={answerStyles.step}>
			<summary>
				<ChevronRight size={14} aria-hidden className={answerStyles.stepArrow} />
				<Wrench size={14} aria-hidden />
				{t("called", { name: item.name })}
			</summary>
			<div className={answerStyles.stepBody}>
				<CodeBlock code={item.arguments} label={t("arguments")} wrap />
			</div>
		</details>
	);
}
