// SPDX-License-Identifier: Apache-2.0
// Keyboard shortcuts. Single keys can be switched off in the account (WCAG 2.1.4) and never act while one types.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { useSession } from "@/session/session";
import { type Portal, pages } from "./pages";

export interface ShortcutOptions {
	portal: Portal;
	onPalette: () => void;
	onSheet: () => void;
}

const PREFIX_MS = 1200;

function isTyping(target: EventTarget | null) {
	return (
		target instanceof HTMLElement &&
		(target.isContentEditable ||
			target.matches("input, textarea, select, [role=combobox], [role=menu] *"))
	);
}

export function useShortcuts(options: ShortcutOptions) {
	const { session, can } = useSession();
	const router = useRouter();
	const single = session.account.shortcuts ?? true;
	const latest = useRef(options);
	latest.current = options;
	useEffect(() => {
		let prefixed = 0;
		const press = (event: KeyboardEvent) => {
			const { portal, onPalette, onSheet } = latest.current;
			if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
				event.preventDefault();
				onPalette();
				return;
			}
			if (!single || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
				return;
			if (document.querySelector("[data-modal]")) return;
			if (prefixed > event.timeStamp - PREFIX_MS && prefixed > 0) {
				prefixed = 0;
				const page = pages[portal].find(
					(each) => each.jump === event.key && (each.scope === undefined || can(each.scope)),
				);
				if (page) {
					event.preventDefault();
					router.push(page.href);
				}
			} else if (event.key === "g") {
				prefixed = event.timeStamp;
			} else if (event.key === "?") {
				event.preventDefault();
				onSheet();
			} else if (event.key === "/") {
				const field = document.querySelector<HTMLInputElement>("input[data-search]");
				if (field) {
					event.preventDefault();
					field.focus();
				}
			}
		};
		addEventListener("keydown", press);
		return () => removeEventListener("keydown", press);
	}, [single, can, router]);
}
