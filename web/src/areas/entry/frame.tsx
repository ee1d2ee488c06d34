// SPDX-License-Identifier: Apache-2.0
// The frame of the pages before a session: light, with its own messages, without the shell's libraries.
"use client";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { LOCALES, type Locale, LocaleProvider, useLocale } from "@/i18n/locale";
import { Mark } from "@/shell/mark";
import en from "./en.json";
import styles from "./entry.module.css";

const MESSAGES = {
	initial: { entry: en },
	source: {
		en: async () => ({ default: { entry: en } }),
		de: async () => ({ default: { entry: (await import("./de.json")).default } }),
	},
};

export function EntryFrame({ children }: { children: ReactNode }) {
	return (
		<LocaleProvider more={MESSAGES}>
			<div className={styles.frame}>
				<header className={styles.head}>
					<Mark large />
				</header>
				<main className={styles.main}>{children}</main>
				<Languages />
			</div>
		</LocaleProvider>
	);
}

function Languages() {
	const t = useTranslations("entry");
	const { locale, setLocale } = useLocale();
	return (
		<footer className={styles.foot}>
			<div role="group" aria-label={t("language")} className={styles.languages}>
				{(Object.keys(LOCALES) as Locale[])
					.filter((each) => each !== "en-XA")
					.map((each) => (
						<button
							key={each}
							type="button"
							lang={each}
							aria-pressed={locale === each}
							onClick={() => setLocale(each)}
						>
							{LOCALES[each]}
						</button>
					))}
			</div>
		</footer>
	);
}

interface EntryPanelProps {
	title: string;
	text?: ReactNode;
	children: ReactNode;
}

/** The one thing of an entry page. Its title is the document's too. */
export function EntryPanel({ title, text, children }: EntryPanelProps) {
	useEffect(() => {
		document.title = `${title} · Bulkhead`;
	}, [title]);
	return (
		<div className={styles.panel}>
			<h1>{title}</h1>
			{text !== undefined && <p className={styles.text}>{text}</p>}
			{children}
		</div>
	);
}

/** The one-time secret of a link: from the fragment, which is then taken out of the address and the history. */
export function useFragmentToken(): string | null | undefined {
	const [token, setToken] = useState<string | null>();
	useEffect(() => {
		const fragment = location.hash.slice(1);
		setToken(fragment === "" ? null : fragment);
		if (fragment !== "")
			history.replaceState(history.state, "", location.pathname + location.search);
	}, []);
	return token;
}
