// SPDX-License-Identifier: Apache-2.0
// A table for thousands of rows that are all here: only those in view are in the document.
"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { Skeleton } from "./bits";
import { ErrorPanel } from "./notice";
import { type TableProps, useSort } from "./table";
import styles from "./table.module.css";

const ROW_PX = 40;

export function VirtualTable<Row>({
	label,
	columns,
	rows,
	rowKey,
	error,
	onRetry,
	empty,
	initialSort,
}: TableProps<Row>) {
	const { sorted, sort, toggle } = useSort(rows, columns, initialSort);
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: sorted?.length ?? 0,
		getScrollElement: () => box.current,
		estimateSize: () => ROW_PX,
		overscan: 12,
	});
	if (error !== undefined && error !== null && !rows)
		return <ErrorPanel error={error} onRetry={onRetry} />;
	if (!sorted) return <Skeleton lines={6} />;
	if (sorted.length === 0) return empty;
	return (
		// biome-ignore-start lint/a11y/useSemanticElements: a table element cannot place its rows
		// biome-ignore-start lint/a11y/useFocusableInteractive: cells are not focused, the box scrolls
		<div
			ref={box}
			className={styles.viewport}
			role="table"
			aria-label={label}
			aria-rowcount={sorted.length + 1}
			tabIndex={0}
		>
			<div role="rowgroup">
				<div className={styles.virtualHead} role="row" aria-rowindex={1}>
					{columns.map((column) => (
						<div
							key={column.id}
							role="columnheader"
							className={styles.virtualCell}
							data-align={column.align}
							aria-sort={
								sort?.id === column.id ? (sort.descending ? "descending" : "ascending") : undefined
							}
						>
							{column.sort ? (
								<button
									type="button"
									className={styles.sort}
									data-active={sort?.id === column.id || undefined}
									onClick={() => toggle(column.id)}
								>
									{column.header}
								</button>
							) : (
								column.header
							)}
						</div>
					))}
				</div>
			</div>
			<div
				role="rowgroup"
				className={styles.virtualBody}
				style={{ height: virtual.getTotalSize() }}
			>
				{virtual.getVirtualItems().map((item) => {
					const row = sorted[item.index] as Row;
					return (
						<div
							key={rowKey(row)}
							role="row"
							aria-rowindex={item.index + 2}
							className={styles.virtualRow}
							style={{ transform: `translateY(${item.start}px)` }}
						>
							{columns.map((column) => (
								<div
									key={column.id}
									role="cell"
									className={styles.virtualCell}
									data-align={column.align}
								>
									{column.cell(row)}
								</div>
							))}
						</div>
					);
				})}
			</div>
		</div>
		// biome-ignore-end lint/a11y/useFocusableInteractive: see above
		// biome-ignore-end lint/a11y/useSemanticElements: see above
	);
}
