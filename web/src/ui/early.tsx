// SPDX-License-Identifier: Apache-2.0
// What the export itself holds of a page of the portals, so that it is painted before any script runs: words that are
// the same for everybody, at the place where the page's own will stand. It knows no session and no tenant.
import type { ReactNode } from "react";
import styles from "./early.module.css";
import page from "./page.module.css";

interface EarlyProps {
	en: ReactNode;
	de: ReactNode;
	/** It is about all of what the page lists, and is not shown where the address names one of them (`?id=`). */
	many?: boolean;
}

/**
 * In each language, because a file has no reader: the style sheet shows one by the language that public/theme.js sets.
 * Nothing of it is told by screen readers, which hear that the page is loading, and then its own heading.
 */
export function Early({ en, de, many }: EarlyProps) {
	return (
		<div className={styles.early} data-many={many || undefined} aria-hidden>
			<div lang="en">{en}</div>
			<div lang="de">{de}</div>
		</div>
	);
}

/** Title and sentence; a title that only the session knows is null. */
type Words = readonly [title: string | null, description: string];

interface EarlyPageProps {
	en: Words;
	de: Words;
	many?: boolean;
	/** As of the page. */
	width?: "data" | "form";
}

/** The head of a `<Page>`. */
export function EarlyPage({ en, de, many, width = "data" }: EarlyPageProps) {
	return (
		<Early
			en={<Head words={en} width={width} />}
			de={<Head words={de} width={width} />}
			many={many}
		/>
	);
}

function Head({ words: [title, description], width }: { words: Words; width: string }) {
	return (
		<div className={page.page} data-width={width}>
			<div className={page.head}>
				<div className={page.headText}>
					<div className={page.titleRow}>
						<div className={styles.title}>{title}</div>
					</div>
					<p className={page.description}>{description}</p>
				</div>
			</div>
		</div>
	);
}
