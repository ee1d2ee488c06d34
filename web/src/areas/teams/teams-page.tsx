// SPDX-License-Identifier: Apache-2.0
// Teams: whose usage is counted together, and who belongs to each.
"use client";
import { Plus } from "lucide-react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Switch } from "@/ui/choice";
import { CodeButton } from "@/ui/code-button";
import { Num, Time } from "@/ui/format";
import { Callout, Empty } from "@/ui/notice";
import { Page, Panel } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { type Column, Filters, Pager, Table } from "@/ui/table";
import { type Team, useTeams } from "./queries";
import { TeamDialog } from "./team-dialogs";
import { TeamDrawer } from "./team-drawer";

export function TeamsPage() {
	const t = useTranslations("teams");
	const { can } = useSession();
	if (!can("teams:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	return <Teams writable={can("teams:write")} />;
}

function Teams({ writable }: { writable: boolean }) {
	const t = useTranslations("teams");
	const [archived, setArchived] = useQueryState("archived");
	const [id, setId] = useQueryState("id");
	const [creating, setCreating] = useDo("create");
	const teams = useTeams(archived === "1");
	const create = writable && (
		<Button variant="primary" icon={<Plus size={16} />} onClick={() => setCreating(true)}>
			{t("create")}
		</Button>
	);
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={
				<>
					<CodeButton path={`/api/teams${archived === "1" ? "?archived=true" : ""}`} />
					{create}
				</>
			}
		>
			<Filters>
				<Switch
					label={t("showArchived")}
					checked={archived === "1"}
					onChange={(on) => setArchived(on ? "1" : "")}
				/>
			</Filters>
			<Panel flush>
				<Table
					label={t("title")}
					columns={useColumns()}
					rows={teams.rows}
					rowKey={(team) => team.id}
					error={teams.error}
					onRetry={teams.refetch}
					onRowClick={(team) => setId(team.id)}
					selectedKey={id}
					empty={
						<Empty title={t("emptyTitle")} action={create || undefined}>
							{t("emptyText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...teams.pager} />
			<TeamDialog open={creating && writable} onOpenChange={setCreating} team={null} />
			<TeamDrawer id={id} writable={writable} onClose={() => setId("")} />
		</Page>
	);
}

function useColumns(): Column<Team>[] {
	const t = useTranslations("teams");
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
			cell: (team) => (
				<StateLink to={{ id: team.id }}>
					<span dir="auto">{team.name}</span>
				</StateLink>
			),
		},
		{
			id: "members",
			header: t("members"),
			align: "end",
			cell: (team) => <Num value={team.members} />,
		},
		{
			id: "state",
			header: t("state"),
			cell: (team) =>
				team.archived_at === null ? (
					<Badge tone="good">{t("active")}</Badge>
				) : (
					<Badge>{t("archived")}</Badge>
				),
		},
		{
			id: "created",
			header: t("createdAt"),
			secondary: true,
			cell: (team) => <Time at={team.created_at} dateOnly />,
		},
	];
}
