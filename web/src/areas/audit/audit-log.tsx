// SPDX-License-Identifier: Apache-2.0
// The list of the log, its filters, and one line beside it.
"use client";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { memberName, useDirectory } from "@/areas/members/queries";
import { useSession } from "@/session/session";
import { Badge, Tag, type Tone } from "@/ui/bits";
import { Button } from "@/ui/button";
import { None, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Panel, Stack } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { type Column, Pager, Table } from "@/ui/table";
import { AuditFilters } from "./audit-filters";
import type { AuditState } from "./audit-page";
import { EventDrawer } from "./event-drawer";
import { type AuditEvent, secondOf, useAudit } from "./queries";

export function AuditLog({ state }: { state: AuditState }) {
	const t = useTranslations("audit");
	const audit = useAudit(state.filter);
	const [event, setEvent] = useQueryState("event");
	const [at, setAt] = useQueryState("at");
	const open = (row: AuditEvent) => {
		setAt(String(secondOf(row)));
		setEvent(row.id);
	};
	return (
		<Stack>
			<AuditFilters state={state} />
			<Panel flush>
				<Table
					label={t("title")}
					columns={useColumns()}
					rows={audit.rows}
					rowKey={(row) => row.id}
					error={audit.error}
					onRetry={audit.refetch}
					onRowClick={open}
					selectedKey={event}
					empty={
						<Empty
							title={audit.pager.hasMore ? t("pieceTitle") : t("emptyTitle")}
							action={<Button onClick={state.clear}>{t("clear")}</Button>}
						>
							{audit.pager.hasMore ? t("pieceText") : t("emptyText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...audit.pager} />
			<EventDrawer
				id={event}
				second={/^\d{1,12}$/.test(at) ? Number(at) : null}
				onClose={() => {
					setEvent("");
					setAt("");
				}}
			/>
		</Stack>
	);
}

export function toneOf(status: number): Tone {
	if (status >= 500) return "bad";
	if (status >= 400) return "warn";
	return status === 0 ? "neutral" : "good";
}

/** The name of an actor's account where it is known; who else acts is written as the log has it. */
export function useActorName(): (event: AuditEvent) => string | null {
	const t = useTranslations("audit");
	const { session, can } = useSession();
	const people = useDirectory(can("users:read")).data?.rows ?? [];
	const names = new Map(people.map((person) => [person.id, memberName(person)]));
	names.set(session.account.id, session.account.name || session.account.email);
	return (event) => {
		if (event.staff) return t("staff");
		return event.actor === null ? null : (names.get(event.actor) ?? event.actor);
	};
}

function useColumns(): Column<AuditEvent>[] {
	const t = useTranslations("audit");
	const actorName = useActorName();
	return [
		{ id: "time", header: t("time"), cell: (event) => <Time at={event.time} /> },
		{
			id: "action",
			header: t("action"),
			primary: true,
			cell: (event) => (
				<StateLink to={{ event: event.id, at: String(secondOf(event)) }}>
					<code>{event.action}</code>
				</StateLink>
			),
		},
		{
			id: "actor",
			header: t("actor"),
			cell: (event) => {
				const name = actorName(event);
				if (name === null) return <None />;
				return event.actor === null ? (
					name
				) : (
					<StateLink to={{ actor: event.actor }} aria-label={t("onlyActor", { name })}>
						<span dir="auto">{name}</span>
					</StateLink>
				);
			},
		},
		{
			id: "object",
			header: t("object"),
			cell: (event) =>
				event.target === null ? (
					<None />
				) : (
					<StateLink
						to={{ object: event.target }}
						aria-label={t("onlyObject", { id: event.target })}
					>
						<code>{event.target}</code>
					</StateLink>
				),
		},
		{
			id: "status",
			header: t("outcome"),
			cell: (event) =>
				event.status === 0 ? (
					<None>{t("byItself")}</None>
				) : (
					<Badge tone={toneOf(event.status)}>{String(event.status)}</Badge>
				),
		},
		{
			id: "source",
			header: t("source"),
			secondary: true,
			cell: (event) => <Tag>{event.source}</Tag>,
		},
	];
}
