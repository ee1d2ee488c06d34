// SPDX-License-Identifier: Apache-2.0
// Mail to people: what waits, what failed and why. Neither its text nor its links are shown to anybody here.
"use client";
import { useTranslations } from "use-intl";
import { Badge } from "@/ui/bits";
import { None, Num, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import type { Column } from "@/ui/table";
import { MAIL_STATES, type PlatformMail, useMails } from "./queries";
import { mailKind, mailState } from "./state";
import { StateList, useStateFilter } from "./state-list";

export function PlatformMailPage() {
	const t = useTranslations("oversight");
	const [state, setState] = useStateFilter(MAIL_STATES);
	return (
		<StateList
			title={t("mail")}
			description={t("mailText")}
			path="/api/platform/outbox"
			label={t("mailState")}
			state={state}
			onState={setState}
			states={MAIL_STATES.map((value) => ({ value, label: t(`mail_${value}`) }))}
			columns={useColumns()}
			list={useMails(state)}
			empty={{ title: t("noMail"), text: t("noMailText") }}
		/>
	);
}

function useColumns(): Column<PlatformMail>[] {
	const t = useTranslations("oversight");
	return [
		{ id: "recipient", header: t("recipient"), primary: true, cell: (row) => row.recipient },
		{
			id: "kind",
			header: t("mailKind"),
			cell: (row) => {
				const kind = mailKind(row.kind);
				return kind === null ? row.kind : t(`mailKind_${kind}`);
			},
		},
		{
			id: "tenant",
			header: t("tenant"),
			secondary: true,
			cell: (row) =>
				row.tenant_name === null ? (
					<None>{t("tenantGone")}</None>
				) : (
					<Link href={`/platform/tenants/?id=${row.tenant_id}`}>
						<bdi>{row.tenant_name}</bdi>
					</Link>
				),
		},
		{
			id: "state",
			header: t("mailState"),
			cell: (row) => {
				const { tone, word } = mailState(row);
				return <Badge tone={tone}>{t(`mail_${word}`)}</Badge>;
			},
		},
		{
			id: "attempts",
			header: t("attempts"),
			align: "end",
			cell: (row) => <Num value={row.attempts} />,
		},
		{
			id: "error",
			header: t("lastError"),
			cell: (row) => (row.error === null ? <None /> : <span dir="auto">{row.error}</span>),
		},
		{ id: "created", header: t("written"), cell: (row) => <Time at={row.created_at} /> },
		{
			id: "expires",
			header: t("worksUntil"),
			secondary: true,
			cell: (row) => <Time at={row.expires_at} />,
		},
	];
}
