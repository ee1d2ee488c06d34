// SPDX-License-Identifier: Apache-2.0
// The language: the account's, else the one chosen in this browser, else the browser's own.
"use client";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { IntlProvider } from "use-intl";
import type entry from "@/areas/entry/en.json";
import type shell from "@/shell/en.json";
import type { AreaMessages } from "./areas";
import en from "./en.json";
import { pseudo } from "./pseudo";

export const LOCALES = { en: "English", de: "Deutsch", "en-XA": "[Ƥšéûðö]" } as const;
export type Locale = keyof typeof LOCALES;
export type Messages = Record<string, unknown>;

declare module "use-intl" {
	interface AppConfig {
		Messages: typeof en & typeof shell & AreaMessages & { entry: typeof entry };
	}
}

const KEPT = "bulkhead.locale";

function isLocale(value: unknown): value is Locale {
	return typeof value === "string" && value in LOCALES;
}

/** Whether a language was chosen in this browser; its choice goes before the account's. */
export function hasChosenLocale(): boolean {
	try {
		return isLocale(localStorage.getItem(KEPT));
	} catch {
		return false;
	}
}

/** What this browser wants. Only in the browser. */
export function preferredLocale(): Locale {
	try {
		const kept = localStorage.getItem(KEPT);
		if (isLocale(kept)) return kept;
	} catch {
		// No storage: the browser's own language.
	}
	for (const language of navigator.languages) {
		const short = language.slice(0, 2);
		if (isLocale(short)) return short;
	}
	return "en";
}

/** For dates and numbers: the reader's own variant of the language, such as en-GB. */
function formatLocale(locale: Locale): string {
	const language = locale === "de" ? "de" : "en";
	const own =
		typeof navigator === "undefined"
			? undefined
			: navigator.languages.find((each) => each.slice(0, 2) === language);
	return own ?? language;
}

let ownZone: string | undefined;

function browserZone(): string {
	ownZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
	return ownZone;
}

// The browser's first date and first number take it long: each by itself, before a page is rendered that has some.
if (typeof window !== "undefined") {
	setTimeout(browserZone);
	setTimeout(() => new Intl.NumberFormat(navigator.language).format(0));
}

/** Another version of the browser may not know what was chosen. */
function isZone(zone: string) {
	try {
		new Intl.DateTimeFormat("en", { timeZone: zone });
		return true;
	} catch {
		return false;
	}
}

interface Source {
	en: () => Promise<{ default: Messages }>;
	de: () => Promise<{ default: Messages }>;
}

/** The messages of a source in a language; the pseudo-locale is made from English. */
export async function load(locale: Locale, source: Source) {
	const loaded = await (locale === "de" ? source.de() : source.en());
	return locale === "en-XA" ? pseudo(loaded.default) : loaded.default;
}

const base = {
	en: async () => ({ default: en as Messages }),
	de: () => import("./de.json") as Promise<{ default: Messages }>,
};

interface LocaleState {
	locale: Locale;
	setLocale: (locale: Locale) => void;
	/** The account's time zone; null: the browser's. */
	setZone: (zone: string | null) => void;
}

const LocaleContext = createContext<LocaleState>({
	locale: "en",
	setLocale: () => undefined,
	setZone: () => undefined,
});

export const useLocale = () => useContext(LocaleContext);

interface LocaleProviderProps {
	/** Messages besides the base ones, by namespace. The same object every time. */
	more: { initial: Messages; source: Source };
	children: ReactNode;
}

/** Prerendered in English; a browser of another language loads its messages and shows them together. */
export function LocaleProvider({ more, children }: LocaleProviderProps) {
	const [locale, choose] = useState<Locale>("en");
	const [messages, setMessages] = useState<Messages>(() => ({ ...en, ...more.initial }));
	const [zone, setZone] = useState("UTC");
	const [variant, setVariant] = useState("en");

	useEffect(() => {
		choose(preferredLocale());
		setZone(browserZone());
	}, []);
	useEffect(() => {
		let current = true;
		void Promise.all([load(locale, base), load(locale, more.source)]).then(([common, own]) => {
			if (!current) return;
			document.documentElement.lang = locale === "en-XA" ? "en" : locale;
			setVariant(formatLocale(locale));
			setMessages({ ...common, ...own });
		});
		return () => {
			current = false;
		};
	}, [locale, more]);

	const state = useMemo<LocaleState>(
		() => ({
			locale,
			setLocale: (next) => {
				try {
					localStorage.setItem(KEPT, next);
				} catch {
					// It then holds for this page only.
				}
				choose(next);
			},
			setZone: (next) => setZone(next !== null && isZone(next) ? next : browserZone()),
		}),
		[locale],
	);
	return (
		<LocaleContext value={state}>
			<IntlProvider locale={variant} messages={messages} timeZone={zone}>
				{children}
			</IntlProvider>
		</LocaleContext>
	);
}
