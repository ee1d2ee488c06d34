// SPDX-License-Identifier: Apache-2.0
// Crossed thresholds, what became of their notices, and where notices go.
"use client";
import { useTranslations } from "use-intl";
import { Amount } from "@/ui/amount";
import { Badge, type Tone } from "@/ui/bits";
import { None, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Muted, Panel, Stack } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useCurrency } from "./currency";
import { Endpoint } from "./endpoint";
import { useNames } from "./names";
import { type Notice, useNotices } from "./queries";

const TONES: Record<Notice["webhook"], Tone> = {
	pending: "info",
	sent: "good",
	dead: "bad",
	off: "neutral",
};

export function Notices() {
	const t = useTranslations("usage");
	const notices = useNotices();
	return (
		<Stack gap={5}>
			<Endpoint />
			<Panel flush title={t("notices")} description={t("noticesText")}>
				<Table
					label={t("notices")}
					columns={useColumns()}
					rows={notices.rows}
					rowKey={(notice) => notice.id}
					error={notices.error}
					onRetry={notices.refetch}
					empty={<Empty title={t("noNoticesTitle")}>{t("noNoticesText")}</Empty>}
				/>
			</Panel>
			<Pager {...notices.pager} />
		</Stack>
	);
}

function useColumns(): Column<Notice>[] {
	const t = useTranslations("usage");
	const names = useNames();
	const currency = useCurrency();
	const delivery = (notice: Notice, way: "webhook" | "mail") => {
		const error = notice[`${way}_error`];
		return (
			<div>
				<Badge tone={TONES[notice[way]]}>{t(`delivery_${notice[way]}`)}</Badge>
				{error !== null && (
					<div>
						<Muted>{error}</Muted>
					</div>
				)}
			</div>
		);
	};
	return [
		{
			id: "time",
			header: t("time"),
			primary: true,
			cell: (notice) => <Time at={notice.crossed_at} />,
		},
		{
			id: "owner",
			header: t("owner"),
			cell: (notice) => <span dir="auto">{names.nameOf(notice.owner_id)}</span>,
		},
		{
			id: "what",
			header: t("crossed"),
			cell: (notice) =>
				notice.span === "balance"
					? t.rich("balanceLow", {
							left: () => <Amount value={notice.spent} currency={currency} />,
						})
					: t.rich("crossedPart", {
							percent: notice.percent,
							span: t(`of_${notice.span}`),
							limit: () => <Amount value={notice.limit} currency={currency} />,
						}),
		},
		{ id: "webhook", header: t("webhook"), cell: (notice) => delivery(notice, "webhook") },
		{ id: "mail", header: t("mail"), cell: (notice) => delivery(notice, "mail") },
		{
			id: "sent",
			header: t("sentAt"),
			secondary: true,
			cell: (notice) => {
				const at = notice.webhook_sent_at ?? notice.mail_sent_at;
				return at === null ? <None /> : <Time at={at} relative />;
			},
		},
	];
}
