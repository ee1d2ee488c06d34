// SPDX-License-Identifier: Apache-2.0
// A small panel beside what opened it: a filter, an explanation with links.
"use client";
import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import styles from "./overlay.module.css";

interface PopoverProps {
	trigger: ReactElement;
	title: ReactNode;
	children: ReactNode;
	open?: boolean;
	onOpenChange?: (open: boolean) => void;
}

export function Popover({ trigger, title, children, open, onOpenChange }: PopoverProps) {
	return (
		<Base.Root open={open} onOpenChange={onOpenChange}>
			<Base.Trigger render={trigger} />
			<Base.Portal>
				<Base.Positioner className={styles.positioner} sideOffset={6} align="start">
					<Base.Popup className={`${styles.popup} ${styles.pad}`}>
						<Base.Title className={styles.title}>{title}</Base.Title>
						{children}
					</Base.Popup>
				</Base.Positioner>
			</Base.Portal>
		</Base.Root>
	);
}
