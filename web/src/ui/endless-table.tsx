// SPDX-License-Identifier: Apache-2.0
// A table whose rows come a page at a time: the next one is asked for when the end of the list comes into view, and only
// what is in view is in the document.
"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { Skeleton } from "./bits";
import styles from "./endless-table.module.css";
import { ErrorPanel } from "./notice";
import type { Column } from "./table";

const ROW_PX = 48;
/** Rows beyond those in view: all of them are new where one drags the bar, and each has a menu and a tooltip. */
const BEYOND = 2;

interface EndlessTableProps<Row> {
	label: string;
	/** The same array as long as they are the same: then a row that is there is not made again while one scrolls or types. */
	columns: Column<Row>[];
	/** Undefined while the first ones are on their way. */
	rows: Row[] | undefined;
	rowKey: (row: Row) => string;
	error?: unknown;
	onRetry?: () => void;
	empty: ReactNode;
	hasMore: boolean;
	busy: boolean;
	onMore: () => void;
	/** Of all rows, where it is known. */
	count?: number;
}

export function EndlessTable<Row>({
	label,
	columns,
	rows,
	rowKey,
	error,
	onRetry,
	empty,
	hasMore,
	busy,
	onMore,
	count,
}: EndlessTableProps<Row>) {
	const t = useTranslations("ui");
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: (rows?.length ?? 0) + (hasMore ? 1 : 0),
		getScrollElement: () => box.current,
		estimateSize: () => ROW_PX,
		overscan: BEYOND,
		// A row that moves takes its height along.
		getItemKey: (index) => {
			const row = rows?.[index];
			return row ? rowKey(row) : "more";
		},
	});
	const items = virtual.getVirtualItems();
	const last = items.at(-1)?.index ?? -1;
	const atEnd = rows !== undefined && last >= rows.length;
	useEffect(() => {
		if (atEnd && hasMore && !busy && !error) onMore();
	}, [atEnd, hasMore, busy, error, onMore]);

	if (error && !rows)
		return (
			<div className={styles.aside}>
				<ErrorPanel error={error} onRetry={onRetry} />
			</div>
		);
	if (rows?.length === 0) return empty;
	return (
		// biome-ignore-start lint/a11y/useFocusableInteractive: cells are not focused, the box scrolls
		<div
			ref={box}
			className={styles.viewport}
			role="table"
			aria-label={label}
			aria-busy={!rows || busy}
			aria-rowcount={count === undefined ? -1 : count + 1}
			tabIndex={0}
		>
			<div role="rowgroup" className={styles.head}>
				<div role="row" aria-rowindex={1} className={styles.row}>
					{columns.map((column) => (
						<div key={column.id} role="columnheader" className={styles.cell} {...cellData(column)}>
							{column.actions ? (
								<span className="visually-hidden">{column.header}</span>
							) : (
								column.header
							)}
						</div>
					))}
				</div>
			</div>
			{rows ? (
				<div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
					{items.map((item) => {
						const row = rows[item.index];
						return (
							<div
								key={row ? rowKey(row) : "more"}
								ref={virtual.measureElement}
								data-index={item.index}
								role="row"
								aria-rowindex={item.index + 2}
								className={`${styles.row} ${styles.placed}`}
								style={{ transform: `translateY(${item.start}px)` }}
							>
								{row ? (
									<Cells columns={columns} row={row} />
								) : (
									<div role="cell" className={styles.more}>
										{error ? <ErrorPanel error={error} onRetry={onMore} /> : <Skeleton />}
										<span className="visually-hidden">{t("nextRows")}</span>
									</div>
								)}
							</div>
						);
					})}
				</div>
			) : (
				<div role="rowgroup" aria-hidden>
					{[0, 1, 2, 3, 4, 5].map((index) => (
						<div key={index} className={styles.row}>
							{columns.map((column) => (
								<div key={column.id} className={styles.cell} {...cellData(column)}>
									{!column.actions && <Skeleton />}
								</div>
							))}
						</div>
					))}
				</div>
			)}
		</div>
		// biome-ignore-end lint/a11y/useFocusableInteractive: see above
	);
}

function AllCells<Row>({ columns, row }: { columns: Column<Row>[]; row: Row }): ReactNode {
	return columns.map((column) => (
		<div key={column.id} role="cell" className={styles.cell} {...cellData(column)}>
			{column.cell(row)}
		</div>
	));
}

const Cells = memo(AllCells) as typeof AllCells;

function cellData<Row>(column: Column<Row>) {
	return {
		"data-align": column.align,
		"data-primary": column.primary || undefined,
		"data-secondary": column.secondary || undefined,
		"data-actions": column.actions || undefined,
	};
}
