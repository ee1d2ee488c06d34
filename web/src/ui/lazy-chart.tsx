// SPDX-License-Identifier: Apache-2.0
// The chart, loaded when the first one is shown: pages without data do not pay for it.
"use client";
import dynamic from "next/dynamic";
import { Skeleton } from "./bits";
import styles from "./lazy-chart.module.css";

const load = () => import("./chart").then((module) => module.Chart);

/** For a page that will most likely show one: it comes while the figures are on their way. */
export function fetchChart() {
	// What fails is asked for again, and told, when the chart is shown.
	load().catch(() => undefined);
}

/** As high as a chart of several series, so that nothing below it moves. */
export function ChartSkeleton() {
	return (
		<div className={styles.waiting}>
			<Skeleton lines={2} />
			<Skeleton block />
		</div>
	);
}

export const Chart = dynamic(load, { ssr: false, loading: ChartSkeleton });
