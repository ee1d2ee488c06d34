// SPDX-License-Identifier: Apache-2.0
// Tables. Rows come from the server, which pages and orders them; what is all here can be sorted here.
"use client";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import { Skeleton } from "./bits";
import { Button } from "./button";
import { ErrorPanel } from "./notice";
import styles from "./table.module.css";

export interface Column<Row> {
	id: string;
	header: ReactNode;
	cell: (row: Row) => ReactNode;
	/** Numbers stand at the end. */
	align?: "start" | "end";
	/** What the rows are sorted by; only where all of them are here. */
	sort?: (row: Row) => string | number | null;
	/** The server can order the rows by it. */
	ordered?: boolean;
	/** The heading of the card at phone width; the first column without any. */
	primary?: boolean;
	/** Left out below the width of a tablet. */
	secondary?: boolean;
	/** For buttons: as narrow as they are, the header for screen readers only. */
	actions?: boolean;
}

export interface TableProps<Row> {
	/** What the table lists, for screen readers. */
	label: string;
	columns: Column<Row>[];
	/** Undefined while they are on their way. */
	rows: Row[] | undefined;
	rowKey: (row: Row) => string;
	error?: unknown;
	onRetry?: () => void;
	/** An <Empty>. */
	empty: ReactNode;
	initialSort?: { id: string; descending?: boolean };
	/** The order in which the server gives the rows, by the id of an `ordered` column. */
	order?: Sort & { onChange: (next: Sort) => void };
	/** What a click anywhere in the row does; the row needs a link or button for keyboards besides. */
	onRowClick?: (row: Row) => void;
	selectedKey?: string;
}

export interface Sort {
	id: string;
	descending: boolean;
}

export function compare(a: string | number | null, b: string | number | null): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return typeof a === "number" && typeof b === "number"
		? a - b
		: String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** Rows in the order that the reader chose, and the way to choose. */
export function useSort<Row>(
	rows: Row[] | undefined,
	columns: Column<Row>[],
	initial?: { id: string; descending?: boolean },
) {
	const [sort, setSort] = useState<Sort | undefined>(initial && { descending: false, ...initial });
	const sorted = useMemo(() => {
		const by = columns.find((column) => column.id === sort?.id)?.sort;
		if (!rows || !by || !sort) return rows;
		return [...rows].sort((a, b) => compare(by(a), by(b)) * (sort.descending ? -1 : 1));
	}, [rows, columns, sort]);
	const toggle = (id: string) =>
		setSort((was) => ({ id, descending: was?.id === id && !was.descending }));
	return { sorted, sort, toggle };
}

export function Table<Row>({
	label,
	columns,
	rows,
	rowKey,
	error,
	onRetry,
	empty,
	initialSort,
	order,
	onRowClick,
	selectedKey,
}: TableProps<Row>) {
	const { sorted, sort, toggle } = useSort(rows, columns, initialSort);
	const onSort = (id: string) =>
		order ? order.onChange({ id, descending: order.id === id && !order.descending }) : toggle(id);
	if (error !== undefined && error !== null && !rows)
		return (
			<div className={styles.aside}>
				<ErrorPanel error={error} onRetry={onRetry} />
			</div>
		);
	if (sorted?.length === 0) return empty;
	const primary = columns.find((column) => column.primary) ?? columns[0];
	return (
		<div className={styles.scroll}>
			{/* Roles are spelled out: cards at phone width would lose them. */}
			<table className={styles.table} role="table" aria-label={label} aria-busy={!rows}>
				<thead role="rowgroup">
					<tr role="row">
						{columns.map((column) => (
							<HeaderCell key={column.id} column={column} sort={order ?? sort} onSort={onSort} />
						))}
					</tr>
				</thead>
				<tbody role="rowgroup">
					{sorted
						? sorted.map((row) => (
								<tr
									key={rowKey(row)}
									role="row"
									data-clickable={onRowClick !== undefined || undefined}
									data-selected={selectedKey === rowKey(row) || undefined}
									onClick={onRowClick && ((event) => isPlain(event.target) && onRowClick(row))}
								>
									{columns.map((column) => (
										<td key={column.id} role="cell" {...cellData(column, column === primary)}>
											{column.cell(row)}
										</td>
									))}
								</tr>
							))
						: [0, 1, 2, 3].map((index) => (
								<tr key={index} role="row">
									{columns.map((column) => (
										<td key={column.id} role="cell" {...cellData(column, column === primary)}>
											{!column.actions && <Skeleton />}
										</td>
									))}
								</tr>
							))}
				</tbody>
			</table>
		</div>
	);
}

function isPlain(target: EventTarget) {
	return (
		target instanceof Element &&
		!target.closest("a, button, input, [role=button], [role=menuitem]") &&
		!getSelection()?.toString()
	);
}

function cellData<Row>(column: Column<Row>, primary: boolean) {
	return {
		"data-align": column.align,
		"data-primary": primary || undefined,
		"data-secondary": column.secondary || undefined,
		"data-actions": column.actions || undefined,
		"data-label": typeof column.header === "string" && !column.actions ? column.header : undefined,
	};
}

export function HeaderCell<Row>({
	column,
	sort,
	onSort,
}: {
	column: Column<Row>;
	sort: Sort | undefined;
	onSort: (id: string) => void;
}) {
	const active = sort?.id === column.id ? sort : undefined;
	const Mark = active ? (active.descending ? ArrowDown : ArrowUp) : ChevronsUpDown;
	return (
		<th
			role="columnheader"
			scope="col"
			data-align={column.align}
			data-secondary={column.secondary || undefined}
			data-actions={column.actions || undefined}
			aria-sort={active ? (active.descending ? "descending" : "ascending") : undefined}
		>
			{column.sort || column.ordered ? (
				<button
					type="button"
					className={styles.sort}
					data-active={active !== undefined || undefined}
					onClick={() => onSort(column.id)}
				>
					{column.header}
					<Mark size={12} aria-hidden />
				</button>
			) : column.actions ? (
				<span className="visually-hidden">{column.header}</span>
			) : (
				column.header
			)}
		</th>
	);
}

interface PagerProps {
	/** From usePages, or an object like it. */
	page: number;
	hasMore: boolean;
	onPrevious: () => void;
	onNext: () => void;
	busy?: boolean;
	count?: number;
}

/** Pages by cursor: forward and back, no jumps, as the API has it. */
export function Pager({ page, hasMore, onPrevious, onNext, busy, count }: PagerProps) {
	const t = useTranslations("ui");
	if (page === 1 && !hasMore) return null;
	return (
		<nav className={styles.pager} aria-label={t("pages")}>
			<span className={styles.pagerText} role="status">
				{count === undefined ? t("page", { page }) : t("pageOf", { page, count })}
			</span>
			<Button size="s" onClick={onPrevious} disabled={page === 1 || busy}>
				{t("previous")}
			</Button>
			<Button size="s" onClick={onNext} disabled={!hasMore || busy}>
				{t("next")}
			</Button>
		</nav>
	);
}

/** The row of filters above a table. */
export function Filters({ children }: { children: ReactNode }) {
	return <div className={styles.filters}>{children}</div>;
}
