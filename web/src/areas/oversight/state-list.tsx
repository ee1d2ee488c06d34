// SPDX-License-Identifier: Apache-2.0
// A page of the platform that lists what is in one state: the choice of the state, the table, its pages.
"use client";
import type { ReactNode } from "react";
import type { usePages } from "@/api/queries";
import { useQueryState } from "@/api/url-state";
import { CodeButton } from "@/ui/code-button";
import { Empty } from "@/ui/notice";
import { Page, Panel, Stack } from "@/ui/page";
import { FilterSelect, type Option } from "@/ui/select";
import { type Column, Filters, Pager, Table } from "@/ui/table";

/** The state in the address, or the first one. */
export function useStateFilter<State extends string>(states: readonly State[]) {
	const first = states[0] as State;
	const [text, setState] = useQueryState("state", first);
	return [states.find((each) => each === text) ?? first, setState] as const;
}

interface StateListProps<State extends string, Row extends { id: string }> {
	title: string;
	description: string;
	/** What the API calls the list. */
	path: string;
	label: string;
	state: State;
	onState: (state: State) => void;
	states: Option<State>[];
	/** Beside the choice of the state. */
	more?: ReactNode;
	columns: Column<Row>[];
	list: ReturnType<typeof usePages<Row>>;
	empty: { title: string; text: string };
}

export function StateList<State extends string, Row extends { id: string }>({
	title,
	description,
	path,
	label,
	state,
	onState,
	states,
	more,
	columns,
	list,
	empty,
}: StateListProps<State, Row>) {
	return (
		<Page
			title={title}
			description={description}
			actions={<CodeButton path={`${path}?state=${state}`} />}
		>
			<Stack>
				<Filters>
					<FilterSelect label={label} value={state} onChange={onState} options={states} />
					{more}
				</Filters>
				<Panel flush>
					<Table
						label={title}
						columns={columns}
						rows={list.rows}
						rowKey={(row) => row.id}
						error={list.error}
						onRetry={list.refetch}
						empty={<Empty title={empty.title}>{empty.text}</Empty>}
					/>
				</Panel>
				<Pager {...list.pager} />
			</Stack>
		</Page>
	);
}
