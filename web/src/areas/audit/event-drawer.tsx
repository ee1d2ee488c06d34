// SPDX-License-Identifier: Apache-2.0
// One line of the log, whole; its address can be sent to a colleague.
"use client";
import { useTranslations } from "use-intl";
import { ApiError } from "@/api/errors";
import { Badge, Skeleton, Tag } from "@/ui/bits";
import { CodeBlock, CopyButton, CopyId } from "@/ui/copy";
import { Drawer } from "@/ui/dialog";
import { None, Time } from "@/ui/format";
import { ErrorPanel } from "@/ui/notice";
import { DescriptionList, Row, Stack } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { toneOf, useActorName } from "./audit-log";
import { type Change, changesOf } from "./changes";
import { type AuditEvent, secondOf, useAuditEvent } from "./queries";

interface EventDrawerProps {
	id: string;
	second: number | null;
	onClose: () => void;
}

export function EventDrawer({ id, second, onClose }: EventDrawerProps) {
	const t = useTranslations("audit");
	const event = useAuditEvent(id, second);
	const missing = id !== "" && (second === null || event.data === null);
	return (
		<Drawer
			open={id !== ""}
			onOpenChange={(open) => !open && onClose()}
			title={event.data ? <code>{event.data.action}</code> : t("line")}
		>
			{missing ? (
				<ErrorPanel error={new ApiError("", { status: 404, code: "not_found" })} />
			) : event.error ? (
				<ErrorPanel error={event.error} onRetry={() => void event.refetch()} />
			) : event.data ? (
				<Content event={event.data} />
			) : (
				<Skeleton lines={8} />
			)}
		</Drawer>
	);
}

function Content({ event }: { event: AuditEvent }) {
	const t = useTranslations("audit");
	const actorName = useActorName();
	const name = actorName(event);
	const changes = changesOf(event.details);
	const link = `${location.origin}/audit/?event=${event.id}&at=${secondOf(event)}`;
	return (
		<Stack gap={5}>
			<DescriptionList
				items={[
					{ term: t("time"), value: <Time at={event.time} /> },
					{
						term: t("actor"),
						value: name === null ? <None /> : <span dir="auto">{name}</span>,
					},
					...(event.actor !== null && event.actor !== name
						? [{ term: t("actorId"), value: <CopyId id={event.actor} /> }]
						: []),
					{
						term: t("object"),
						value: event.target === null ? <None /> : <CopyId id={event.target} />,
					},
					{
						term: t("outcome"),
						value:
							event.status === 0 ? (
								<None>{t("byItself")}</None>
							) : (
								<Badge tone={toneOf(event.status)}>{String(event.status)}</Badge>
							),
					},
					{ term: t("source"), value: <Tag>{event.source}</Tag> },
					{
						term: t("request"),
						value: event.request_id === null ? <None /> : <CopyId id={event.request_id} />,
					},
					{
						term: t("permalink"),
						value: (
							<Row>
								<a href={link}>{t("thisLine")}</a>
								<CopyButton text={link} label={t("copyPermalink")} />
							</Row>
						),
					},
				]}
			/>
			{changes.length > 0 && <Changes changes={changes} />}
			<CodeBlock code={JSON.stringify(event.details, null, 2)} label={t("wholeLine")} wrap />
		</Stack>
	);
}

function Changes({ changes }: { changes: Change[] }) {
	const t = useTranslations("audit");
	const columns: Column<Change>[] = [
		{
			id: "name",
			header: t("field"),
			primary: true,
			cell: (change) => <code>{change.name}</code>,
		},
		{
			id: "before",
			header: t("before"),
			cell: (change) => (change.before === null ? <None /> : <code>{change.before}</code>),
		},
		{
			id: "after",
			header: t("after"),
			cell: (change) => (change.after === null ? <None /> : <code>{change.after}</code>),
		},
	];
	return (
		<Table
			label={t("changes")}
			columns={columns}
			rows={changes}
			rowKey={(change) => change.name}
			empty={null}
		/>
	);
}
