// SPDX-License-Identifier: Apache-2.0
// Where this account is signed in.
"use client";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { Badge } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { Panel } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type ActiveSession, useActiveSessions, useEndSession } from "./queries";

export function SessionsPanel() {
	const t = useTranslations("account");
	const toast = useToast();
	const sessions = useActiveSessions();
	const end = useEndSession();
	const columns: Column<ActiveSession>[] = [
		{ id: "client", header: t("client"), primary: true, cell: (each) => each.client },
		{
			id: "used",
			header: t("lastUsed"),
			cell: (each) =>
				each.current ? (
					<Badge tone="good">{t("thisOne")}</Badge>
				) : (
					<Time at={each.last_used_at} relative />
				),
		},
		{ id: "created", header: t("since"), cell: (each) => <Time at={each.created_at} /> },
		{
			id: "actions",
			header: t("end"),
			actions: true,
			cell: (each) =>
				!each.current && (
					<Button
						size="s"
						busy={end.isPending && end.variables === each.id}
						onClick={() =>
							end.mutate(each.id, {
								onSuccess: () => toast(t("ended")),
								onError: (error) => toast(toApiError(error).message, { error: true }),
							})
						}
					>
						{t("end")}
					</Button>
				),
		},
	];
	return (
		<Panel title={t("sessions")} description={t("sessionsText")} flush>
			<Table
				label={t("sessions")}
				columns={columns}
				rows={sessions.rows}
				rowKey={(each) => each.id}
				error={sessions.error}
				onRetry={sessions.refetch}
				empty={<Empty title={t("noSessions")} />}
			/>
			<Pager {...sessions.pager} />
		</Panel>
	);
}
