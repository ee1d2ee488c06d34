// SPDX-License-Identifier: Apache-2.0
// The frame of a page: its head, panels, and how things stand beside and below each other.
"use client";
import { type ReactNode, useEffect } from "react";
import { Link } from "./link";
import styles from "./page.module.css";

interface PageProps {
	title: string;
	/** One sentence on what this is for. */
	description?: ReactNode;
	/** Buttons; the primary one last. */
	actions?: ReactNode;
	/** The page above, where this one is a part of it. */
	back?: { href: string; label: string };
	/** Beside the title: a badge. */
	mark?: ReactNode;
	/** Data fills the width; text and forms stay narrow. */
	width?: "data" | "form";
	children: ReactNode;
}

/** Every page of the portals is one of these: it has the only h1, and the document's title. */
export function Page({
	title,
	description,
	actions,
	back,
	mark,
	width = "data",
	children,
}: PageProps) {
	useEffect(() => {
		document.title = `${title} · Bulkhead`;
	}, [title]);
	return (
		<div className={styles.page} data-width={width}>
			<header className={styles.head}>
				<div className={styles.headText}>
					{back && (
						<Link className={styles.back} href={back.href}>
							<span aria-hidden>←</span> {back.label}
						</Link>
					)}
					<div className={styles.titleRow}>
						<h1>{title}</h1>
						{mark}
					</div>
					{description !== undefined && <p className={styles.description}>{description}</p>}
				</div>
				{actions !== undefined && <div className={styles.actions}>{actions}</div>}
			</header>
			{children}
		</div>
	);
}

interface PanelProps {
	title?: ReactNode;
	/** Beside the title: a badge. */
	mark?: ReactNode;
	description?: ReactNode;
	actions?: ReactNode;
	/** Tables reach the edges. */
	flush?: boolean;
	footer?: ReactNode;
	children?: ReactNode;
}

export function Panel({ title, mark, description, actions, flush, footer, children }: PanelProps) {
	return (
		<section className={styles.panel}>
			{(title !== undefined || actions !== undefined) && (
				<div className={styles.panelHead}>
					<div className={styles.panelText}>
						{title !== undefined && (
							<div className={styles.titleRow}>
								<h2>{title}</h2>
								{mark}
							</div>
						)}
						{description !== undefined && <p className={styles.panelDescription}>{description}</p>}
					</div>
					{actions !== undefined && <div className={styles.actions}>{actions}</div>}
				</div>
			)}
			{children !== undefined && (
				<div className={flush ? styles.panelFlush : styles.panelBody}>{children}</div>
			)}
			{footer !== undefined && <div className={styles.panelFoot}>{footer}</div>}
		</section>
	);
}

type Gap = 1 | 2 | 3 | 4 | 5 | 6;

/** Below each other. */
export function Stack({ gap = 4, children }: { gap?: Gap; children: ReactNode }) {
	return (
		<div className={styles.stack} data-gap={gap}>
			{children}
		</div>
	);
}

/** Beside each other, wrapping; `between` puts the last at the far end. */
export function Row({
	gap = 2,
	between,
	children,
}: {
	gap?: Gap;
	between?: boolean;
	children: ReactNode;
}) {
	return (
		<div className={styles.row} data-gap={gap} data-between={between || undefined}>
			{children}
		</div>
	);
}

/** Columns of equal width, as many as fit. */
export function Grid({ min = "m", children }: { min?: "s" | "m" | "l"; children: ReactNode }) {
	return (
		<div className={styles.grid} data-min={min}>
			{children}
		</div>
	);
}

/** One figure with its name; `note` says what it is compared with. */
export function Stat({
	label,
	value,
	note,
	children,
}: {
	label: ReactNode;
	value: ReactNode;
	note?: ReactNode;
	children?: ReactNode;
}) {
	return (
		<div className={styles.stat}>
			<span className={styles.statLabel}>{label}</span>
			<span className={styles.statValue}>{value}</span>
			{note !== undefined && <span className={styles.statNote}>{note}</span>}
			{children}
		</div>
	);
}

export function DescriptionList({ items }: { items: { term: ReactNode; value: ReactNode }[] }) {
	return (
		<dl className={styles.terms}>
			{items.map((item, index) => (
				<div key={index} className={styles.term}>
					<dt>{item.term}</dt>
					<dd>{item.value}</dd>
				</div>
			))}
		</dl>
	);
}

/** Text that steps back. */
export function Muted({ children }: { children: ReactNode }) {
	return <span className={styles.muted}>{children}</span>;
}
