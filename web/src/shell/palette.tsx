// SPDX-License-Identifier: Apache-2.0
// Ctrl/Cmd+K: finds pages and runs actions. A dialog with a text field over a list; arrows move, Enter goes.
"use client";
import { Dialog } from "@base-ui/react/dialog";
import { ArrowRight, type LucideIcon, Search, Zap } from "lucide-react";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import overlay from "@/ui/overlay.module.css";
import { actions } from "./actions";
import { type Portal, pages } from "./pages";
import styles from "./palette.module.css";
import { search } from "./search";

interface Entry {
	id: string;
	label: string;
	href: string;
	icon: LucideIcon;
	group: string;
}

function useEntries(portal: Portal): Entry[] {
	const t = useTranslations("shell");
	const names = useTranslations("actions");
	const { can, session } = useSession();
	const allowed = (each: { scope?: string }) => each.scope === undefined || can(each.scope);
	const portals: Portal[] = session.tenant.is_platform
		? [portal, portal === "tenant" ? "platform" : "tenant"]
		: [portal];
	return [
		...portals.flatMap((which) =>
			pages[which].filter(allowed).map((page) => ({
				id: page.href,
				label:
					which === "platform" && portal !== which
						? `${t("platform")}: ${t(page.label)}`
						: t(page.label),
				href: page.href,
				icon: page.icon,
				group: t("pagesGroup"),
			})),
		),
		{
			id: "account",
			label: t("account"),
			href: "/account/",
			icon: ArrowRight,
			group: t("pagesGroup"),
		},
		...actions
			.filter((action) => portals.includes(action.portal) && allowed(action))
			.map((action) => ({
				id: action.id,
				label: names(action.label),
				href: action.href,
				icon: Zap,
				group: t("actions"),
			})),
	];
}

interface PaletteProps {
	portal: Portal;
	open: boolean;
	onOpenChange: (open: boolean) => void;
}

export function Palette({ portal, open, onOpenChange }: PaletteProps) {
	return (
		<Dialog.Root open={open} onOpenChange={onOpenChange}>
			<Dialog.Portal>
				<Dialog.Backdrop className={overlay.backdrop} />
				<Dialog.Popup data-modal className={`${overlay.dialog} ${styles.palette}`}>
					<Finder portal={portal} onDone={() => onOpenChange(false)} />
				</Dialog.Popup>
			</Dialog.Portal>
		</Dialog.Root>
	);
}

function Finder({ portal, onDone }: { portal: Portal; onDone: () => void }) {
	const t = useTranslations("shell");
	const router = useRouter();
	const list = useId();
	const [text, setText] = useState("");
	const [active, setActive] = useState(0);
	const found = search(useEntries(portal), text);
	const current = found[Math.min(active, found.length - 1)];
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => {
		box.current
			?.querySelector(`[id="${list}-${current?.id}"]`)
			?.scrollIntoView({ block: "nearest" });
	}, [current?.id, list]);

	const go = (entry: Entry | undefined) => {
		if (!entry) return;
		onDone();
		router.push(entry.href);
	};
	const keys = (event: KeyboardEvent) => {
		if (event.nativeEvent.isComposing) return;
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			event.preventDefault();
			const step = event.key === "ArrowDown" ? 1 : -1;
			setActive((was) =>
				found.length === 0
					? 0
					: (Math.min(was, found.length - 1) + step + found.length) % found.length,
			);
		} else if (event.key === "Enter") {
			event.preventDefault();
			go(current);
		}
	};
	return (
		<>
			<Dialog.Title className="visually-hidden">{t("commands")}</Dialog.Title>
			<div className={styles.field}>
				<Search size={18} aria-hidden />
				<input
					// biome-ignore lint/a11y/noAutofocus: the dialog is this field
					autoFocus
					role="combobox"
					aria-expanded="true"
					aria-controls={list}
					aria-activedescendant={current && `${list}-${current.id}`}
					aria-label={t("commands")}
					placeholder={t("commands")}
					value={text}
					onChange={(event) => {
						setText(event.target.value);
						setActive(0);
					}}
					onKeyDown={keys}
				/>
			</div>
			<div ref={box} id={list} role="listbox" aria-label={t("commands")} className={styles.list}>
				{found.map((entry, index) => (
					<div key={entry.id} role="presentation">
						{entry.group !== found[index - 1]?.group && (
							<p className={overlay.group} role="presentation">
								{entry.group}
							</p>
						)}
						{/* biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus */}
						{/* biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys */}
						<div
							id={`${list}-${entry.id}`}
							role="option"
							aria-selected={entry === current}
							data-highlighted={entry === current || undefined}
							className={overlay.item}
							onPointerMove={() => setActive(index)}
							onClick={() => go(entry)}
						>
							<entry.icon size={16} aria-hidden />
							<span className={overlay.itemText}>{entry.label}</span>
						</div>
					</div>
				))}
			</div>
			<p className={styles.none} role="status">
				{found.length === 0 ? t("noMatch") : ""}
			</p>
		</>
	);
}
