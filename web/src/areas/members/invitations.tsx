// SPDX-License-Identifier: Apache-2.0
// Invitations: those that wait, and what became of the others.
"use client";
import { Ellipsis, Send, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { Badge, Tag } from "@/ui/bits";
import { IconButton } from "@/ui/button";
import { FormDialog } from "@/ui/dialog";
import { None, Time } from "@/ui/format";
import { Menu } from "@/ui/menu";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Panel } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type Invitation, useInvitations, useResend, useRevokeInvitation } from "./queries";
import { useRoleName } from "./roles";
import { INVITATION_TONES } from "./state";

interface InvitationsProps {
	writable: boolean;
	/** Nobody who acts for another invites or sends again. */
	personal: boolean;
	invite?: ReactNode;
	/** Whose, for the operator: without it, the own organisation's. */
	tenant?: string;
}

export function Invitations({ writable, personal, invite, tenant }: InvitationsProps) {
	const t = useTranslations("members");
	const invitations = useInvitations(tenant);
	const [revoking, setRevoking] = useState<Invitation | null>(null);
	const columns = useColumns({ writable, personal, tenant, onRevoke: setRevoking });
	// Below a tenant's members, only where there are some.
	if (tenant !== undefined && invitations.rows?.length === 0) return null;
	return (
		<>
			<Panel flush title={tenant === undefined ? undefined : t("invitations")}>
				<Table
					label={t("invitations")}
					columns={columns}
					rows={invitations.rows}
					rowKey={(invitation) => invitation.id}
					error={invitations.error}
					onRetry={invitations.refetch}
					empty={
						<Empty title={t("noInvitationsTitle")} action={invite || undefined}>
							{t("noInvitationsText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...invitations.pager} />
			<RevokeDialog target={revoking} tenant={tenant} onClose={() => setRevoking(null)} />
		</>
	);
}

function useColumns({
	writable,
	personal,
	tenant,
	onRevoke,
}: {
	writable: boolean;
	personal: boolean;
	tenant: string | undefined;
	onRevoke: (invitation: Invitation) => void;
}): Column<Invitation>[] {
	const t = useTranslations("members");
	const roleName = useRoleName();
	const stateName = useInvitationState();
	const columns: Column<Invitation>[] = [
		{ id: "email", header: t("email"), primary: true, cell: (row) => row.email },
		{ id: "role", header: t("role"), cell: (row) => <Tag>{roleName(row.role)}</Tag> },
		{
			id: "state",
			header: t("state"),
			cell: (row) => (
				<Badge tone={INVITATION_TONES[row.state] ?? "neutral"}>{stateName(row.state)}</Badge>
			),
		},
		{ id: "sent", header: t("sentAt"), cell: (row) => <Time at={row.sent_at} relative /> },
		{
			id: "expires",
			header: t("expiresAt"),
			cell: (row) => (row.state === "pending" ? <Time at={row.expires_at} /> : <None />),
		},
		{
			id: "by",
			header: t("invitedBy"),
			secondary: true,
			cell: (row) => <span dir="auto">{row.created_by}</span>,
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (row) =>
				(row.state === "pending" || row.state === "expired") && (
					<Actions invitation={row} personal={personal} tenant={tenant} onRevoke={onRevoke} />
				),
		});
	return columns;
}

function useInvitationState() {
	const t = useTranslations("members");
	return (state: string) => {
		switch (state) {
			case "pending":
			case "accepted":
			case "revoked":
			case "expired":
				return t(`invitation_${state}`);
			default:
				return state;
		}
	};
}

function Actions({
	invitation,
	personal,
	tenant,
	onRevoke,
}: {
	invitation: Invitation;
	personal: boolean;
	tenant: string | undefined;
	onRevoke: (invitation: Invitation) => void;
}) {
	const t = useTranslations("members");
	const toast = useToast();
	const resend = useResend(tenant);
	const items = personal
		? [
				{
					label: t("resend"),
					icon: <Send size={16} />,
					onSelect: () =>
						resend.mutate(invitation.id, {
							onSuccess: () => toast(t("resentToast", { email: invitation.email })),
							onError: (error) => toast(toApiError(error).message, { error: true }),
						}),
				},
			]
		: [];
	return (
		<Menu
			trigger={
				<IconButton
					size="s"
					label={t("actionsOf", { name: invitation.email })}
					icon={<Ellipsis size={16} />}
				/>
			}
			groups={[
				{
					items: [
						...items,
						{
							label: t("revokeInvitation"),
							icon: <Trash2 size={16} />,
							danger: true,
							onSelect: () => onRevoke(invitation),
						},
					],
				},
			]}
		/>
	);
}

function RevokeDialog({
	target,
	tenant,
	onClose,
}: {
	target: Invitation | null;
	tenant: string | undefined;
	onClose: () => void;
}) {
	const t = useTranslations("members");
	const toast = useToast();
	const revoke = useRevokeInvitation(tenant);
	const close = () => {
		revoke.reset();
		onClose();
	};
	return (
		<FormDialog
			open={target !== null}
			onOpenChange={(open) => !open && close()}
			danger
			title={t("revokeTitle")}
			description={t("revokeText", { email: target?.email ?? "" })}
			submit={t("revokeInvitation")}
			busy={revoke.isPending}
			onSubmit={() =>
				target &&
				revoke.mutate(target.id, {
					onSuccess: () => {
						close();
						toast(t("revokedToast", { email: target.email }));
					},
				})
			}
		>
			{revoke.error && <ErrorPanel error={revoke.error} />}
		</FormDialog>
	);
}
