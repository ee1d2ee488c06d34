// SPDX-License-Identifier: Apache-2.0
// The list of members, and what can be done to each.
"use client";
import { Ellipsis, KeyRound, UserCheck, UserCog, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { Badge, Tag } from "@/ui/bits";
import { IconButton } from "@/ui/button";
import { None, Time } from "@/ui/format";
import { Menu, type MenuItem } from "@/ui/menu";
import { Empty } from "@/ui/notice";
import { Muted, Panel, Row } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { DisableDialog, LinkDialog, RoleDialog } from "./member-dialogs";
import { type Member, memberName, useEnable, useMembers } from "./queries";
import { useRoleName } from "./roles";
import { mayChange, memberState, TONES } from "./state";

type Act = { kind: "role" | "link" | "disable"; member: Member };

export function Members({ writable }: { writable: boolean }) {
	const t = useTranslations("members");
	const members = useMembers();
	const [act, setAct] = useState<Act | null>(null);
	const columns = useColumns(writable, setAct);
	const of = (kind: Act["kind"]) => (act?.kind === kind ? act.member : null);
	const close = () => setAct(null);
	return (
		<>
			<Panel flush>
				<Table
					label={t("members")}
					columns={columns}
					rows={members.rows}
					rowKey={(member) => member.id}
					error={members.error}
					onRetry={members.refetch}
					empty={<Empty title={t("emptyTitle")}>{t("emptyText")}</Empty>}
				/>
			</Panel>
			<Pager {...members.pager} />
			<RoleDialog target={of("role")} onClose={close} />
			<LinkDialog target={of("link")} onClose={close} />
			<DisableDialog target={of("disable")} onClose={close} />
		</>
	);
}

function Person({ member }: { member: Member }) {
	const t = useTranslations("members");
	const { session } = useSession();
	const name = memberName(member);
	return (
		<div>
			<Row gap={2}>
				<strong dir="auto">{name ?? <None>{t("unknown")}</None>}</strong>
				{member.id === session.account.id && <Tag>{t("you")}</Tag>}
			</Row>
			{member.name && member.email && <Muted>{member.email}</Muted>}
		</div>
	);
}

function useColumns(writable: boolean, setAct: (act: Act) => void): Column<Member>[] {
	const t = useTranslations("members");
	const roleName = useRoleName();
	const columns: Column<Member>[] = [
		{
			id: "person",
			header: t("person"),
			primary: true,
			cell: (member) => <Person member={member} />,
		},
		{ id: "role", header: t("role"), cell: (member) => <Tag>{roleName(member.role)}</Tag> },
		{
			id: "state",
			header: t("state"),
			cell: (member) => (
				<Badge tone={TONES[memberState(member)]}>{t(`state_${memberState(member)}`)}</Badge>
			),
		},
		{
			id: "factor",
			header: t("secondFactor"),
			cell: (member) =>
				member.has_second_factor ? (
					<Badge tone="good">{t("factorOn")}</Badge>
				) : (
					<None>{t("factorOff")}</None>
				),
		},
		{
			id: "since",
			header: t("since"),
			secondary: true,
			cell: (member) => <Time at={member.created_at} dateOnly />,
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (member) => <Actions member={member} setAct={setAct} />,
		});
	return columns;
}

function Actions({ member, setAct }: { member: Member; setAct: (act: Act) => void }) {
	const t = useTranslations("members");
	const toast = useToast();
	const { session } = useSession();
	const enable = useEnable();
	if (!mayChange(session.role, member)) return null;
	const name = memberName(member) ?? t("unknown");
	const items: MenuItem[] = [
		{
			label: t("changeRole"),
			icon: <UserCog size={16} />,
			onSelect: () => setAct({ kind: "role", member }),
		},
	];
	if (session.impersonation === null && member.id !== session.account.id)
		items.push({
			label: t("createLink"),
			icon: <KeyRound size={16} />,
			onSelect: () => setAct({ kind: "link", member }),
		});
	items.push(
		member.state === "active"
			? {
					label: t("disable"),
					icon: <UserX size={16} />,
					danger: true,
					onSelect: () => setAct({ kind: "disable", member }),
				}
			: {
					label: t("enable"),
					icon: <UserCheck size={16} />,
					onSelect: () =>
						enable.mutate(member.id, {
							onSuccess: () => toast(t("enabledToast", { name })),
							onError: (error) => toast(toApiError(error).message, { error: true }),
						}),
				},
	);
	return (
		<Menu
			trigger={
				<IconButton size="s" label={t("actionsOf", { name })} icon={<Ellipsis size={16} />} />
			}
			groups={[{ items }]}
		/>
	);
}
