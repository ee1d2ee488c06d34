// SPDX-License-Identifier: Apache-2.0
// One team: its people, beside the list.
"use client";
import { UserMinus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { memberName, useDirectory } from "@/areas/members/queries";
import { useSession } from "@/session/session";
import { Button, IconButton, LinkButton } from "@/ui/button";
import { Combobox } from "@/ui/combobox";
import { CopyId } from "@/ui/copy";
import { Drawer } from "@/ui/dialog";
import { Time } from "@/ui/format";
import { Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Row, Stack } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type Team, useAddToTeam, useRemoveFromTeam, useTeam, useTeamMembers } from "./queries";
import { ArchiveDialog, TeamDialog } from "./team-dialogs";

interface TeamDrawerProps {
	id: string;
	writable: boolean;
	onClose: () => void;
}

export function TeamDrawer({ id, writable, onClose }: TeamDrawerProps) {
	const t = useTranslations("teams");
	const team = useTeam(id);
	const [act, setAct] = useState<"rename" | "archive" | null>(null);
	const change = writable && team.data?.archived_at === null;
	return (
		<>
			<Drawer
				open={id !== ""}
				onOpenChange={(open) => !open && onClose()}
				title={<span dir="auto">{team.data?.name ?? t("team")}</span>}
				footer={
					change ? (
						<>
							<Button variant="quiet" onClick={() => setAct("archive")}>
								{t("archive")}
							</Button>
							<Button onClick={() => setAct("rename")}>{t("rename")}</Button>
						</>
					) : undefined
				}
			>
				{team.error ? (
					<ErrorPanel error={team.error} onRetry={() => void team.refetch()} />
				) : (
					<Content id={id} team={team.data} writable={change} />
				)}
			</Drawer>
			<TeamDialog
				open={act === "rename"}
				onOpenChange={() => setAct(null)}
				team={team.data ?? null}
			/>
			{team.data && (
				<ArchiveDialog
					open={act === "archive"}
					onOpenChange={() => setAct(null)}
					team={team.data}
				/>
			)}
		</>
	);
}

function Content({
	id,
	team,
	writable,
}: {
	id: string;
	team: Team | undefined;
	writable: boolean;
}) {
	const t = useTranslations("teams");
	const { can } = useSession();
	return (
		<Stack gap={5}>
			<DescriptionList
				items={[
					{ term: t("id"), value: <CopyId id={id} /> },
					...(team
						? [{ term: t("createdAt"), value: <Time at={team.created_at} dateOnly /> }]
						: []),
					...(team && team.archived_at !== null
						? [{ term: t("archivedAt"), value: <Time at={team.archived_at} dateOnly /> }]
						: []),
				]}
			/>
			<Row>
				{can("usage:read") && (
					<LinkButton size="s" href={`/usage/?team=${id}&by=member`}>
						{t("usage")}
					</LinkButton>
				)}
				{can("budgets:read") && (
					<LinkButton size="s" href="/usage/?tab=budgets&kind=team">
						{t("budgets")}
					</LinkButton>
				)}
			</Row>
			<Members id={id} writable={writable} />
		</Stack>
	);
}

function Members({ id, writable }: { id: string; writable: boolean }) {
	const t = useTranslations("teams");
	const { can } = useSession();
	const toast = useToast();
	const members = useTeamMembers(id);
	const directory = useDirectory(can("users:read"));
	const add = useAddToTeam();
	const remove = useRemoveFromTeam();
	const people = new Map(directory.data?.rows.map((person) => [person.id, person]));
	const inside = new Set(members.data?.rows.map((row) => row.account_id));
	const nameOf = (account: string) => {
		const person = people.get(account);
		return (person && memberName(person)) ?? account;
	};
	const onError = (error: unknown) => toast(toApiError(error).message, { error: true });
	const columns: Column<{ id: string; added_at: number }>[] = [
		{
			id: "person",
			header: t("person"),
			primary: true,
			cell: (row) => <span dir="auto">{nameOf(row.id)}</span>,
		},
		{ id: "added", header: t("addedAt"), cell: (row) => <Time at={row.added_at} dateOnly /> },
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (row) => (
				<IconButton
					size="s"
					label={t("remove", { name: nameOf(row.id) })}
					icon={<UserMinus size={16} />}
					disabled={remove.isPending}
					onClick={() => remove.mutate({ id, account: row.id }, { onError })}
				/>
			),
		});
	return (
		<Stack>
			{writable && can("users:read") && (
				<Combobox
					label={t("add")}
					hint={directory.data && !directory.data.whole ? t("notAll") : undefined}
					placeholder={t("addPlaceholder")}
					value={null}
					disabled={add.isPending}
					onChange={(account) => account && add.mutate({ id, account }, { onError })}
					options={(directory.data?.rows ?? [])
						.filter((person) => person.state === "active" && !inside.has(person.id))
						.map((person) => ({
							value: person.id,
							label: memberName(person) ?? person.id,
							hint: person.name ? person.email : undefined,
						}))}
				/>
			)}
			<Table
				label={t("members")}
				columns={columns}
				rows={members.data?.rows}
				rowKey={(row) => row.id}
				error={members.error}
				onRetry={() => void members.refetch()}
				empty={<Empty title={t("noMembersTitle")}>{t("noMembersText")}</Empty>}
			/>
		</Stack>
	);
}
