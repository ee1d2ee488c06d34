// SPDX-License-Identifier: Apache-2.0
// Small charts in SVG: a line in a cell, bars in a row. Words beside them say the same.
"use client";
import styles from "./chart.module.css";

/** The points of a line in a box of 100 by 24. */
export function sparkPoints(values: number[]): string {
	const most = Math.max(...values, 0);
	const step = values.length > 1 ? 100 / (values.length - 1) : 0;
	return values
		.map(
			(value, index) =>
				`${(index * step).toFixed(2)},${(most === 0 ? 23 : 23 - (value / most) * 22).toFixed(2)}`,
		)
		.join(" ");
}

/** `label` is a sentence with the figures: "1,204 requests in 30 days". */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
	return (
		<svg
			className={styles.spark}
			viewBox="0 0 100 24"
			preserveAspectRatio="none"
			role="img"
			aria-label={label}
		>
			<polyline points={sparkPoints(values)} vectorEffect="non-scaling-stroke" />
		</svg>
	);
}
