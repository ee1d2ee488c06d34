// SPDX-License-Identifier: Apache-2.0
// The list of members, and what can be done to each.
"use client";
import { Ellipsis, KeyRound, UserCheck, UserCog, UserX } from "lucide-react";
import { type ReactNode, useState } from "react";
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

interface MembersProps {
	writable: boolean;
	/** Whose, for the operator: without it, the own organisation's. */
	tenant?: string;
	/** Where the panel has a heading of its own, what stands beside it. */
	actions?: ReactNode;
}

export function Members({ writable, tenant, actions }: MembersProps) {
	const t = useTranslations("members");
	const members = useMembers(tenant);
	const [act, setAct] = useState<Act | null>(null);
	const columns = useColumns(writable, tenant, setAct);
	const of = (kind: Act["kind"]) => (act?.kind === kind ? act.member : null);
	const close = () => setAct(null);
	return (
		<>
			<Panel flush title={tenant === undefined ? undefined : t("members")} actions={actions}>
				<Table
					label={t("members")}
					columns={columns}
					rows={members.rows}
					rowKey={(member) => member.id}
					error={members.error}
					onRetry={members.refetch}
					empty={
						<Empty title={t("emptyTitle")}>
							{t(tenant === undefined ? "emptyText" : "emptyTenantText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...members.pager} />
			<RoleDialog target={of("role")} onClose={close} />
			{tenant !== undefined && <LinkDialog target={of("link")} tenant={tenant} onClose={close} />}
			<DisableDialog target={of("disable")} tenant={tenant} onClose={close} />
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

function useColumns(
	writable: boolean,
	tenant: string | undefined,
	setAct: (act: Act) => void,
): Column<Member>[] {
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
			cell: (member) => <Actions member={member} tenant={tenant} setAct={setAct} />,
		});
	return columns;
}

interface ActionsProps {
	member: Member;
	tenant: string | undefined;
	setAct: (act: Act) => void;
}

/** Roles are the organisation's own matter; the operator makes links, takes access away and gives it back. */
function Actions({ member, tenant, setAct }: ActionsProps) {
	const t = useTranslations("members");
	const toast = useToast();
	const { session } = useSession();
	const enable = useEnable(tenant);
	if (tenant === undefined && !mayChange(session.role, member)) return null;
	const name = memberName(member) ?? t("unknown");
	const items: MenuItem[] = [];
	if (tenant === undefined)
		items.push({
			label: t("changeRole"),
			icon: <UserCog size={16} />,
			onSelect: () => setAct({ kind: "role", member }),
		});
	else
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
