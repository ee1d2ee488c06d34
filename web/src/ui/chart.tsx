// SPDX-License-Identifier: Apache-2.0
// Charts over time, or over what is counted: lines or stacked bars (uPlot), always with the same figures as a table.
"use client";
import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { useFormatter, useTranslations } from "use-intl";
import styles from "./chart.module.css";
import { RadioGroup } from "./choice";
import { type Column, Table } from "./table";

export interface Series {
	label: string;
	values: (number | null)[];
}

interface ChartProps {
	/** What it shows, read out and above it: "Tokens per day". */
	label: string;
	/** One sentence with the main figure, for those who do not see it. */
	summary: string;
	/** Unix times in seconds, ascending; with `counted` any numbers. */
	times: number[];
	/** What the numbers below the lines count: "Step". Lines lead over values that are absent. */
	counted?: string;
	/** Lines on a logarithmic axis; only for values above 0. */
	log?: boolean;
	series: Series[];
	kind?: "line" | "bars";
	/** How a value is written; plain numbers without it. */
	format?: (value: number) => string;
	/** Buckets are days (written without a time of day) or shorter. */
	bucket?: "day" | "hour" | "minute";
	height?: number;
	/** Readers of metered usage think in UTC; state it. */
	utc?: boolean;
}

export function Chart({
	label,
	summary,
	times,
	series,
	kind = "bars",
	format,
	bucket = "day",
	height = 240,
	utc,
	counted,
	log = false,
}: ChartProps) {
	const t = useTranslations("ui");
	const intl = useFormatter();
	const [view, setView] = useState<"chart" | "table">("chart");
	const write = format ?? ((value: number) => intl.number(value, { maximumFractionDigits: 2 }));
	const tick = (seconds: number) =>
		counted !== undefined
			? intl.number(seconds)
			: intl.dateTime(new Date(seconds * 1000), {
					...(bucket === "day"
						? { day: "numeric", month: "short" }
						: { hour: "2-digit", minute: "2-digit" }),
					...(utc ? { timeZone: "UTC" } : {}),
				});
	const when = (seconds: number) =>
		counted !== undefined
			? `${counted} ${intl.number(seconds)}`
			: intl.dateTime(new Date(seconds * 1000), {
					dateStyle: "medium",
					...(bucket === "day" ? {} : { timeStyle: "short" }),
					...(utc ? { timeZone: "UTC" } : {}),
				});
	return (
		<figure className={styles.chart} aria-label={label}>
			<figcaption className={styles.caption}>
				<div>
					<h3>{label}</h3>
					<p>{summary}</p>
				</div>
				<RadioGroup
					label={<span className="visually-hidden">{t("view")}</span>}
					segmented
					value={view}
					onChange={setView}
					options={[
						{ value: "chart", label: t("chart") },
						{ value: "table", label: t("table") },
					]}
				/>
			</figcaption>
			{view === "chart" ? (
				<Plot
					times={times}
					series={series}
					kind={kind}
					height={height}
					write={write}
					when={when}
					tick={tick}
					utc={utc}
					counted={counted !== undefined}
					log={log}
				/>
			) : (
				<ChartTable
					label={label}
					head={counted}
					times={times}
					series={series}
					write={write}
					when={counted === undefined ? when : tick}
				/>
			)}
			{view === "chart" && series.length > 1 && (
				<ul className={styles.legend}>
					{series.map((each, index) => (
						<li key={each.label} data-series={(index % 6) + 1}>
							<span aria-hidden />
							{each.label}
						</li>
					))}
				</ul>
			)}
		</figure>
	);
}

/** Bars stand in their buckets: half a bucket of room at both ends. */
export function timeRange(times: number[], kind: "line" | "bars"): [number, number] {
	const first = times[0] ?? 0;
	const last = times.at(-1) ?? first + 1;
	const half = times.length > 1 ? (last - first) / (times.length - 1) / 2 : 43_200;
	return kind === "bars" || first === last ? [first - half, last + half] : [first, last];
}

interface PlotProps {
	times: number[];
	series: Series[];
	write: (value: number) => string;
	when: (seconds: number) => string;
}

function ChartTable({
	label,
	head,
	times,
	series,
	write,
	when,
}: PlotProps & { label: string; head?: string }) {
	const t = useTranslations("ui");
	const columns: Column<number>[] = [
		{
			id: "time",
			header: head ?? t("time"),
			cell: (index) => when(times[index] ?? 0),
			sort: (index) => times[index] ?? 0,
		},
		...series.map(
			(each, place): Column<number> => ({
				id: String(place),
				header: each.label,
				align: "end",
				cell: (index) => (each.values[index] === null ? "–" : write(each.values[index] ?? 0)),
				sort: (index) => each.values[index] ?? null,
			}),
		),
	];
	return (
		<div className={styles.table}>
			<Table
				label={label}
				columns={columns}
				rows={times.map((_, index) => index)}
				rowKey={String}
				initialSort={{ id: "time", descending: head === undefined }}
				empty={null}
			/>
		</div>
	);
}

/** Sums from the bottom up, so that bars stand on each other. */
export function stack(series: Series[]): (number | null)[][] {
	const sums: number[] = [];
	return series.map((each) =>
		each.values.map((value, index) => {
			sums[index] = (sums[index] ?? 0) + (value ?? 0);
			return sums[index];
		}),
	);
}

function colour(name: string) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function Plot({
	times,
	series,
	kind,
	height,
	write,
	when,
	tick,
	utc,
	counted,
	log,
}: PlotProps & {
	tick: (seconds: number) => string;
	kind: "line" | "bars";
	height: number;
	utc?: boolean;
	counted: boolean;
	log: boolean;
}) {
	const box = useRef<HTMLDivElement>(null);
	const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
	const theme = useTheme();
	const data = useMemo(() => {
		const drawn = kind === "bars" ? stack(series) : series.map((each) => each.values);
		// The tallest first: smaller bars are drawn over it.
		return [times, ...(kind === "bars" ? [...drawn].reverse() : drawn)] as uPlot.AlignedData;
	}, [times, series, kind]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme draws anew
	useEffect(() => {
		const place = box.current;
		if (!place) return;
		const order = kind === "bars" ? [...series.keys()].reverse() : [...series.keys()];
		const plot = new uPlot(
			options({
				width: place.clientWidth,
				height,
				kind,
				order,
				range: timeRange(times, kind),
				write,
				tick,
				utc,
				counted,
				log,
				sparse: series.map(({ values }) => counted && isSparse(values)),
				onHover: setHover,
			}),
			data,
			place,
		);
		const resize = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height }));
		resize.observe(place);
		return () => {
			resize.disconnect();
			plot.destroy();
		};
	}, [data, kind, height, theme, utc, counted, log]);

	return (
		<div className={styles.plot}>
			<div ref={box} aria-hidden />
			{hover && times[hover.index] !== undefined && (
				<div className={styles.hover} data-side={hover.left > 0.5 ? "left" : "right"}>
					<p>{when(times[hover.index] ?? 0)}</p>
					<dl>
						{series.map((each, index) => (
							<div key={each.label} data-series={(index % 6) + 1}>
								<dt>
									<span aria-hidden />
									{each.label}
								</dt>
								<dd>
									{each.values[hover.index] === null ? "–" : write(each.values[hover.index] ?? 0)}
								</dd>
							</div>
						))}
					</dl>
				</div>
			)}
		</div>
	);
}

/** Lines are told apart without colour too. */
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [1, 3]];

const SPARSE_MOST = 40;

/** Of few values each is a point, so that one alone is seen too. */
const isSparse = (values: (number | null)[]) =>
	values.filter((value) => value !== null).length <= SPARSE_MOST;

interface PlotOptions {
	width: number;
	height: number;
	kind: "line" | "bars";
	order: number[];
	range: [number, number];
	write: (value: number) => string;
	tick: (seconds: number) => string;
	utc?: boolean;
	counted: boolean;
	log: boolean;
	sparse: boolean[];
	onHover: (hover: { index: number; left: number } | null) => void;
}

function options({
	width,
	height,
	kind,
	order,
	range,
	write,
	tick,
	utc,
	counted,
	log,
	sparse,
	onHover,
}: PlotOptions): uPlot.Options {
	const font = `12px ${colour("--font") || "sans-serif"}`;
	const axis = { stroke: colour("--ink-3"), font, ticks: { show: false } };
	return {
		width,
		height,
		legend: { show: false },
		padding: [12, 8, 0, 0],
		cursor: { points: { show: kind === "line" }, drag: { x: false, y: false }, y: false },
		scales: {
			x: { time: !counted, range: () => range },
			y: log
				? { distr: 3, range: (_, least, most) => logRange(least, most) }
				: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] },
		},
		tzDate: utc ? (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : undefined,
		axes: [
			{ ...axis, grid: { show: false }, gap: 6, size: 32, values: (_, splits) => splits.map(tick) },
			{
				...axis,
				gap: 8,
				size: (self, values) =>
					values ? Math.max(...values.map((value) => measure(self, value, font))) + 18 : 40,
				grid: { stroke: colour("--line-soft"), width: 1 },
				values: (_, values) => values.map((value) => (value === null ? "" : write(value))),
			},
		],
		series: [
			{},
			...order.map((index) => {
				const ink = colour(`--series-${(index % 6) + 1}`);
				return kind === "bars"
					? {
							stroke: ink,
							fill: ink,
							width: 0,
							points: { show: false },
							paths: uPlot.paths.bars?.({ size: [0.72, 36], radius: 0.12 }),
						}
					: {
							stroke: ink,
							width: 2,
							dash: DASHES[index % DASHES.length],
							points: { show: sparse[index] ?? false, size: 6, fill: ink },
							spanGaps: counted,
						};
			}),
		],
		hooks: {
			setCursor: [
				(self) => {
					const index = self.cursor.idx;
					onHover(
						index === null || index === undefined || (self.cursor.left ?? -1) < 0
							? null
							: { index, left: (self.cursor.left ?? 0) / self.over.clientWidth },
					);
				},
			],
		},
	};
}

/** A little room below and above; without a value above 0 there is nothing to draw. */
function logRange(least: number | null, most: number | null): [number, number] {
	if (least === null || most === null || least <= 0) return [0.1, 1];
	return [least / 1.2, most * 1.2];
}

function measure(self: uPlot, text: string, font: string) {
	self.ctx.font = font;
	return self.ctx.measureText(text).width;
}

/** The theme that is on, again whenever it changes. */
function useTheme() {
	const [theme, setTheme] = useState("");
	useEffect(() => {
		const root = document.documentElement;
		const read = () => setTheme(root.dataset.theme ?? "light");
		read();
		const observer = new MutationObserver(read);
		observer.observe(root, { attributes: true, attributeFilter: ["data-theme"] });
		return () => observer.disconnect();
	}, []);
	return theme;
}
