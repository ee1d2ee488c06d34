// SPDX-License-Identifier: Apache-2.0
// The messages of a page's areas. Apart from the language itself: pages before a session have no areas.
"use client";
import { type ReactNode, Suspense, use } from "react";
import { IntlProvider, useMessages, useLocale as useVariant } from "use-intl";
import { type AreaName, areas } from "./areas";
import { type Locale, load, type Messages, preferredLocale, useLocale } from "./locale";

const loading = new Map<string, Promise<Messages>>();

const keyOf = (name: AreaName, locale: Locale) => `${name} ${locale}`;

function areaMessages(name: AreaName, locale: Locale): Promise<Messages> {
	const key = keyOf(name, locale);
	let promise = loading.get(key);
	if (!promise) {
		promise = load(locale, areas[name]);
		loading.set(key, promise);
	}
	return promise;
}

/** Before anything is shown: messages come while it is asked who is here. */
export function fetchArea(...names: AreaName[]) {
	if (typeof window === "undefined") return;
	// What fails is asked for again, and told, when the page is shown.
	for (const name of names)
		areaMessages(name, preferredLocale()).catch(() =>
			loading.delete(keyOf(name, preferredLocale())),
		);
}

/** Around a page: gives it the messages of its areas beside the base ones. */
export function Area({
	name,
	also = [],
	waiting,
	children,
}: {
	name: AreaName;
	also?: AreaName[];
	/** Shown until they are there. */
	waiting: ReactNode;
	children: ReactNode;
}) {
	return (
		<Suspense fallback={waiting}>
			<WithMessages names={[name, ...also]}>{children}</WithMessages>
		</Suspense>
	);
}

function WithMessages({ names, children }: { names: AreaName[]; children: ReactNode }) {
	const { locale } = useLocale();
	const common = useMessages();
	const variant = useVariant();
	const own = names.map((name) => [name, use(areaMessages(name, locale))] as const);
	return (
		<IntlProvider locale={variant} messages={{ ...common, ...Object.fromEntries(own) }}>
			{children}
		</IntlProvider>
	);
}
