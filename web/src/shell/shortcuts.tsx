// Keyboard shortcuts. Single keys can be switched off in the account (WCAG 2.1.4) and never act while one types.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Kbd } from "@/ui/bits";
import { Dialog } from "@/ui/dialog";
import { Callout } from "@/ui/notice";
import { DescriptionList, Row, Stack } from "@/ui/page";
import { isMac } from "./navigation";
import { type Portal, pages } from "./pages";

interface ShortcutOptions {
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
	const single = session.account.shortcuts;
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
			if (document.querySelector('[role="dialog"]')) return;
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

interface SheetProps {
	portal: Portal;
	open: boolean;
	onOpenChange: (open: boolean) => void;
}

export function ShortcutSheet({ portal, open, onOpenChange }: SheetProps) {
	const t = useTranslations("shell");
	const { session, can } = useSession();
	const jumps = pages[portal].filter(
		(page) => page.jump !== undefined && (page.scope === undefined || can(page.scope)),
	);
	return (
		<Dialog open={open} onOpenChange={onOpenChange} title={t("shortcuts")}>
			<Stack>
				{!session.account.shortcuts && <Callout>{t("shortcutsOff")}</Callout>}
				<DescriptionList
					items={[
						{ term: t("shortcutCommands"), value: <Keys keys={[isMac() ? "⌘" : "Ctrl", "K"]} /> },
						{ term: t("shortcutSearch"), value: <Keys keys={["/"]} /> },
						{ term: t("shortcutHelp"), value: <Keys keys={["?"]} /> },
						...jumps.map((page) => ({
							term: t("goTo", { page: t(page.label) }),
							value: <Keys keys={["g", page.jump ?? ""]} />,
						})),
					]}
				/>
			</Stack>
		</Dialog>
	);
}

function Keys({ keys }: { keys: string[] }) {
	return (
		<Row gap={1}>
			{keys.map((key) => (
				<Kbd key={key}>{key}</Kbd>
			))}
		</Row>
	);
}
