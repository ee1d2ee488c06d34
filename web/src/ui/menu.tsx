// SPDX-License-Identifier: Apache-2.0
// A menu of acts behind one button.
"use client";
import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { Fragment, type ReactElement, type ReactNode } from "react";
import { Link } from "./link";
import styles from "./overlay.module.css";

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

export function Menu({ trigger, groups, align = "end", side = "bottom" }: MenuProps) {
	return (
		<Base.Root>
			<Base.Trigger render={trigger} />
			<Base.Portal>
				<Base.Positioner className={styles.positioner} align={align} side={side} sideOffset={4}>
					<Base.Popup className={styles.popup}>
						{groups.map((group, index) => (
							<Fragment key={index}>
								{index > 0 && <Base.Separator className={styles.separator} />}
								<Base.Group>
									{group.label !== undefined && (
										<Base.GroupLabel className={styles.group}>{group.label}</Base.GroupLabel>
									)}
									{group.items.map((item, place) => (
										<Item key={place} {...item} />
									))}
								</Base.Group>
							</Fragment>
						))}
					</Base.Popup>
				</Base.Positioner>
			</Base.Portal>
		</Base.Root>
	);
}

function Item({ label, hint, icon, onSelect, href, danger, disabled, checked }: MenuItem) {
	const className = danger ? `${styles.item} ${styles.itemDanger}` : `${styles.item}`;
	const content = (
		<>
			{icon}
			<span className={styles.itemText}>
				{label}
				{hint !== undefined && <span className={styles.itemHint}>{hint}</span>}
			</span>
		</>
	);
	if (checked !== undefined) {
		return (
			<Base.CheckboxItem
				checked={checked}
				onCheckedChange={() => onSelect?.()}
				closeOnClick
				className={className}
				disabled={disabled}
			>
				{content}
				<span className={styles.check}>{checked && <Check size={14} aria-hidden />}</span>
			</Base.CheckboxItem>
		);
	}
	if (href !== undefined) {
		return (
			<Base.Item render={<Link href={href} />} className={className} disabled={disabled}>
				{content}
			</Base.Item>
		);
	}
	return (
		<Base.Item onClick={onSelect} className={className} disabled={disabled}>
			{content}
		</Base.Item>
	);
}
