// SPDX-License-Identifier: Apache-2.0
// A tooltip names or explains; it never holds what is nowhere else.
"use client";
import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import styles from "./overlay.module.css";

export function Tooltip({ text, children }: { text: ReactNode; children: ReactElement }) {
	return (
		<Base.Root>
			<Base.Trigger render={children} />
			<Base.Portal>
				<Base.Positioner sideOffset={6} className={styles.positioner}>
					<Base.Popup className={styles.tooltip}>{text}</Base.Popup>
				</Base.Positioner>
			</Base.Portal>
		</Base.Root>
	);
}

export const TooltipProvider = Base.Provider;
