// SPDX-License-Identifier: Apache-2.0
// Small marks: badge, progress, skeleton, shortcut.
"use client";
import type { ReactNode } from "react";
import { useFormatter } from "use-intl";
import styles from "./bits.module.css";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info";

/** A state in a word; the colour only repeats it. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
	return (
		<span className={styles.badge} data-tone={tone}>
			<span className={styles.dot} aria-hidden />
			{children}
		</span>
	);
}

/** A short fact without a state: a role, a format. */
export function Tag({ children }: { children: ReactNode }) {
	return <span className={styles.tag}>{children}</span>;
}

interface ProgressProps {
	label: string;
	/** Undefined: under way, nobody knows how far. */
	value?: number;
	max: number;
	/** Words instead of the percentage: "18 of 40 passages". */
	text?: ReactNode;
	tone?: "accent" | "warn" | "bad";
	hideLabel?: boolean;
}

export function Progress({ label, value, max, text, tone = "accent", hideLabel }: ProgressProps) {
	const format = useFormatter();
	const share = value === undefined || max === 0 ? undefined : Math.min(1, value / max);
	return (
		<div className={styles.progress} data-tone={tone}>
			<div className={hideLabel ? "visually-hidden" : styles.progressText}>
				<span>{label}</span>
				<span className={styles.figure}>
					{text ??
						(share === undefined
							? null
							: format.number(share, { style: "percent", maximumFractionDigits: 0 }))}
				</span>
			</div>
			<progress aria-label={label} value={share} max={1} className={styles.bar} />
		</div>
	);
}

/** What takes the place of a text that is on its way. */
export function Skeleton({ lines = 1, block }: { lines?: number; block?: boolean }) {
	return (
		<span className={styles.skeletons} aria-hidden>
			{Array.from({ length: lines }, (_, index) => (
				<span
					key={index}
					className={block ? `${styles.skeleton} ${styles.block}` : styles.skeleton}
				/>
			))}
		</span>
	);
}

export function Kbd({ children }: { children: ReactNode }) {
	return <kbd className={styles.kbd}>{children}</kbd>;
}
