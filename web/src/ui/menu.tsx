// SPDX-License-Identifier: Apache-2.0
// A menu of acts behind one button. Long lists have one in every row: what is not open is a button and nothing else.
"use client";
import { Check } from "lucide-react";
import {
	cloneElement,
	Fragment,
	type HTMLAttributes,
	type KeyboardEvent,
	type ReactElement,
	type ReactNode,
	type RefObject,
	useEffect,
	useId,
	useLayoutEffect,
	useRef,
	useState,
} from "react";
import { Link } from "./link";
import { nextOf } from "./menu-keys";
import styles from "./overlay.module.css";
import { placeBeside } from "./place";

export interface MenuItem {
	label: ReactNode;
	hint?: ReactNode;
	icon?: ReactNode;
	onSelect?: () => void;
	href?: string;
	danger?: boolean;
	disabled?: boolean;
	/** One of several: shown with a check mark. */
	checked?: boolean;
}

export interface MenuGroup {
	label?: string;
	items: MenuItem[];
}

interface MenuProps {
	/** The button. */
	trigger: ReactElement;
	groups: MenuGroup[];
	align?: "start" | "end";
	side?: "top" | "bottom";
}

type Trigger = ReactElement<HTMLAttributes<HTMLElement> & { "data-popup-open"?: "" }>;

/** What opened it; and what has the focus then: by hand the menu itself, so that nothing looks chosen. */
interface Opened {
	anchor: HTMLElement;
	focus: "menu" | "first" | "last";
}

export function Menu({ trigger, groups, align = "end", side = "bottom" }: MenuProps) {
	const [opened, setOpened] = useState<Opened | null>(null);
	const button = trigger as Trigger;
	const made = useId();
	const id = button.props.id ?? made;
	return (
		<>
			{cloneElement(button, {
				id,
				"aria-haspopup": "menu",
				"aria-expanded": opened !== null,
				"data-popup-open": opened ? "" : undefined,
				onClick: ({ currentTarget: anchor, detail }) =>
					setOpened(opened ? null : { anchor, focus: detail === 0 ? "first" : "menu" }),
				onKeyDown: (event) => {
					if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
					event.preventDefault();
					const focus = event.key === "ArrowUp" ? "last" : "first";
					setOpened({ anchor: event.currentTarget, focus });
				},
			})}
			{opened && (
				<OpenMenu
					label={id}
					opened={opened}
					groups={groups}
					align={align}
					side={side}
					onClose={() => setOpened(null)}
				/>
			)}
		</>
	);
}

type OpenMenuProps = Required<Omit<MenuProps, "trigger">> & {
	/** The id of its button. */
	label: string;
	opened: Opened;
	onClose: () => void;
};

/** In the top layer: nothing around it is changed, and nothing clips it. */
function OpenMenu({ label, opened, groups, align, side, onClose }: OpenMenuProps) {
	const { anchor } = opened;
	const box = useRef<HTMLDivElement>(null);
	const typed = useRef({ text: "", atMs: 0 });
	useShown(box, opened, align, side);
	const leave = () => {
		onClose();
		anchor.focus({ preventScroll: true });
	};
	useOutside(box, anchor, onClose, leave);
	const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
		// Neither the button nor a dialog around both hears of it.
		event.stopPropagation();
		const { key } = event;
		if (key === "Tab") return leave();
		const items = itemsOf(box.current);
		const at = items.indexOf(document.activeElement as HTMLElement);
		if (key === "Escape") leave();
		else if (key === "Enter" || key === " ") items[at]?.click();
		else if (event.ctrlKey || event.metaKey || event.altKey) return;
		else {
			const texts = items.map((each) => each.textContent ?? "");
			const next = nextOf({ key, at, texts, typed: typed.current, nowMs: event.timeStamp });
			if (next === undefined) return;
			items[next]?.focus();
		}
		event.preventDefault();
	};
	return (
		<div
			ref={box}
			popover="manual"
			role="menu"
			tabIndex={-1}
			aria-labelledby={label}
			className={`${styles.popup} ${styles.menu}`}
			onKeyDown={onKeyDown}
			// It stands in its row, and is none of what a click in the row means.
			onClick={(event) => event.stopPropagation()}
		>
			{groups.map((group, index) => (
				<Fragment key={index}>
					{index > 0 && <hr className={styles.separator} />}
					<Group {...group} onLeave={leave} />
				</Fragment>
			))}
		</div>
	);
}

const itemsOf = (box: HTMLElement | null) => [
	...(box?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []),
];

/** Shown and given the focus; follows its button when the page moves. */
function useShown(
	box: RefObject<HTMLDivElement | null>,
	{ anchor, focus }: Opened,
	align: "start" | "end",
	side: "top" | "bottom",
) {
	useLayoutEffect(() => {
		const menu = box.current;
		if (!menu) return;
		const place = () => placeBeside(menu, anchor, { side, align, gapPx: 4 });
		menu.showPopover();
		place();
		const items = itemsOf(menu);
		const first = focus === "menu" ? menu : items.at(focus === "last" ? -1 : 0);
		first?.focus({ preventScroll: true });
		const moved = (event: Event) => {
			if (!menu.contains(event.target as Node)) place();
		};
		addEventListener("resize", place);
		addEventListener("scroll", moved, { capture: true, passive: true });
		return () => {
			removeEventListener("resize", place);
			removeEventListener("scroll", moved, { capture: true });
			menu.hidePopover();
		};
	}, [box, anchor, focus, align, side]);
}

/** A press or the focus elsewhere closes it, and Escape wherever the focus is; its button closes it by its own click. */
function useOutside(
	box: RefObject<HTMLDivElement | null>,
	anchor: HTMLElement,
	onClose: () => void,
	onEscape: () => void,
) {
	const acts = useRef({ onClose, onEscape });
	useEffect(() => {
		acts.current = { onClose, onEscape };
	});
	useEffect(() => {
		const elsewhere = ({ target }: Event) => {
			if (!box.current?.contains(target as Node) && !anchor.contains(target as Node))
				acts.current.onClose();
		};
		const pressed = ({ key }: globalThis.KeyboardEvent) => {
			if (key === "Escape") acts.current.onEscape();
		};
		document.addEventListener("pointerdown", elsewhere, { capture: true });
		document.addEventListener("focusin", elsewhere);
		document.addEventListener("keydown", pressed);
		return () => {
			document.removeEventListener("pointerdown", elsewhere, { capture: true });
			document.removeEventListener("focusin", elsewhere);
			document.removeEventListener("keydown", pressed);
		};
	}, [box, anchor]);
}

function Group({ label, items, onLeave }: MenuGroup & { onLeave: () => void }) {
	const id = useId();
	return (
		<div role="group" aria-labelledby={label === undefined ? undefined : id}>
			{label !== undefined && (
				<div id={id} className={styles.group}>
					{label}
				</div>
			)}
			{items.map((item, place) => (
				<Item key={place} item={item} onLeave={onLeave} />
			))}
		</div>
	);
}

function Item({ item, onLeave }: { item: MenuItem; onLeave: () => void }) {
	const { label, hint, icon, onSelect, href, danger, disabled, checked } = item;
	const props = {
		tabIndex: -1,
		className: danger ? `${styles.item} ${styles.itemDanger}` : styles.item,
		"aria-disabled": disabled || undefined,
		// What is under the hand has the focus: then keys go on from there.
		onPointerMove: ({ currentTarget }: { currentTarget: HTMLElement }) => {
			if (document.activeElement !== currentTarget) currentTarget.focus({ preventScroll: true });
		},
		onClick: () => {
			if (disabled) return;
			onLeave();
			onSelect?.();
		},
	};
	const content = (
		<>
			{icon}
			<span className={styles.itemText}>
				{label}
				{hint !== undefined && <span className={styles.itemHint}>{hint}</span>}
			</span>
			{checked !== undefined && (
				<span className={styles.check}>{checked && <Check size={14} aria-hidden />}</span>
			)}
		</>
	);
	if (href !== undefined && !disabled)
		return (
			<Link {...props} href={href} role="menuitem">
				{content}
			</Link>
		);
	return (
		// biome-ignore-start lint/a11y/useKeyWithClickEvents: the menu hears the keys
		<div
			{...props}
			{...(checked === undefined
				? { role: "menuitem" }
				: { role: "menuitemcheckbox", "aria-checked": checked })}
		>
			{content}
		</div>
		// biome-ignore-end lint/a11y/useKeyWithClickEvents: see above
	);
}
