// SPDX-License-Identifier: Apache-2.0
// What opens above the frame: the menu on a phone, the palette, the list of shortcuts.
"use client";
import type { ReactNode } from "react";
import { Drawer } from "@/ui/dialog";
import { Mark } from "./mark";
import type { Portal } from "./pages";
import { Palette } from "./palette";
import styles from "./shell.module.css";
import { ShortcutSheet } from "./shortcuts";

interface OverlaysProps {
	portal: Portal;
	navigation: ReactNode;
	menu: boolean;
	onMenu: (open: boolean) => void;
	palette: boolean;
	onPalette: (open: boolean) => void;
	sheet: boolean;
	onSheet: (open: boolean) => void;
}

export default function Overlays(props: OverlaysProps) {
	return (
		<>
			<Drawer side="left" open={props.menu} onOpenChange={props.onMenu} title={<Mark />}>
				<div className={styles.drawerNav}>{props.navigation}</div>
			</Drawer>
			<Palette portal={props.portal} open={props.palette} onOpenChange={props.onPalette} />
			<ShortcutSheet portal={props.portal} open={props.sheet} onOpenChange={props.onSheet} />
		</>
	);
}
