// SPDX-License-Identifier: Apache-2.0
// Views of one thing. The active one belongs in the URL: useQueryState.
"use client";
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import styles from "./tabs.module.css";

export interface Tab {
	value: string;
	label: ReactNode;
	count?: number;
	content: ReactNode;
}

interface TabsProps {
	tabs: Tab[];
	value: string;
	onChange: (value: string) => void;
	label: string;
}

export function Tabs({ tabs, value, onChange, label }: TabsProps) {
	return (
		<Base.Root value={value} onValueChange={(next) => onChange(String(next))}>
			<Base.List className={styles.list} aria-label={label} activateOnFocus={false}>
				{tabs.map((tab) => (
					<Base.Tab key={tab.value} value={tab.value} className={styles.tab}>
						{tab.label}
						{tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
					</Base.Tab>
				))}
			</Base.List>
			{tabs.map((tab) => (
				<Base.Panel key={tab.value} value={tab.value} className={styles.panel}>
					{tab.content}
				</Base.Panel>
			))}
		</Base.Root>
	);
}
