// SPDX-License-Identifier: Apache-2.0
// Members of a tenant and open invitations, as the operator sees them.
"use client";
import { Ellipsis, Send, Trash2, UserRoundPlus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge, Tag, type Tone } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Menu } from "@/ui/menu";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Panel, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import {
	type Invitation,
	type User,
	useInvitations,
	useInvitationWrite,
	useInvite,
	useUsers,
	useUserWrite,
} from "./queries";

const ROLES = ["viewer", "member", "admin", "owner"] as const;
type Role = (typeof ROLES)[number];

const INVITATION_TONES: Record<string, Tone> = {
	pending: "info",
	accepted: "good",
	revoked: "neutral",
	expired: "warn",
};
const INVITATION_STATES = ["pending", "accepted", "revoked", "expired"] as const;

export function MembersTab({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const [inviting, setInviting] = useDo("invite");
	const writable = can("tenants:write");
	const invite = writable && (
		<Button icon={<UserRoundPlus size={16} />} onClick={() => setInviting(true)}>
			{t("invite")}
		</Button>
	);
	return (
		<Stack gap={5}>
			<Members tenant={tenant} writable={writable} invite={invite} />
			<Invitations tenant={tenant} writable={writable} />
			{inviting && writable && <InviteDialog tenant={tenant} onClose={() => setInviting(false)} />}
		</Stack>
	);
}

interface PartProps {
	tenant: string;
	writable: boolean;
}

function Members({ tenant, writable, invite }: PartProps & { invite: React.ReactNode }) {
	const t = useTranslations("tenants");
	const users = useUsers(tenant);
	const [disabling, setDisabling] = useState<User | null>(null);
	const columns: Column<User>[] = [
		{
			id: "name",
			header: t("name"),
			primary: true,
			cell: (user) => user.name || user.email || user.id,
		},
		{ id: "email", header: t("email"), cell: (user) => user.email ?? <None /> },
		{ id: "role", header: t("role"), cell: (user) => <Tag>{user.role}</Tag> },
		{
			id: "state",
			header: t("state"),
			cell: (user) => {
				const disabled = user.state !== "active" || user.account_state === "disabled";
				return (
					<Badge tone={disabled ? "warn" : user.has_password ? "good" : "info"}>
						{disabled ? t("disabled") : user.has_password ? t("active") : t("noPassword")}
					</Badge>
				);
			},
		},
		{
			id: "created",
			header: t("since"),
			secondary: true,
			cell: (user) => <Time at={user.created_at} dateOnly />,
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (user) =>
				user.state === "active" ? (
					<Button size="s" variant="quiet" onClick={() => setDisabling(user)}>
						{t("disable")}
					</Button>
				) : (
					<EnableButton tenant={tenant} user={user} />
				),
		});
	return (
		<Stack>
			<Panel title={t("members")} actions={invite} flush>
				<Table
					label={t("members")}
					columns={columns}
					rows={users.rows}
					rowKey={(user) => user.id}
					error={users.error}
					onRetry={users.refetch}
					empty={<Empty title={t("noMembers")}>{t("noMembersText")}</Empty>}
				/>
			</Panel>
			<Pager {...users.pager} />
			<DisableDialog tenant={tenant} user={disabling} onClose={() => setDisabling(null)} />
		</Stack>
	);
}

function EnableButton({ tenant, user }: { tenant: string; user: User }) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const write = useUserWrite(tenant);
	return (
		<Button
			size="s"
			variant="quiet"
			busy={write.isPending}
			onClick={() =>
				write.mutate(
					{ id: user.id, act: "enable" },
					{ onError: (error) => toast(toApiError(error).message, { error: true }) },
				)
			}
		>
			{t("enable")}
		</Button>
	);
}

function DisableDialog({
	tenant,
	user,
	onClose,
}: {
	tenant: string;
	user: User | null;
	onClose: () => void;
}) {
	const t = useTranslations("tenants");
	const write = useUserWrite(tenant);
	const close = () => {
		write.reset();
		onClose();
	};
	return (
		<ConfirmDialog
			open={user !== null}
			onOpenChange={(open) => !open && close()}
			title={t("disableTitle", { name: user?.name || user?.email || "" })}
			description={t("disableText")}
			action={t("disable")}
			busy={write.isPending}
			onConfirm={() => user && write.mutate({ id: user.id, act: "disable" }, { onSuccess: close })}
		>
			{write.error && <ErrorPanel error={write.error} />}
		</ConfirmDialog>
	);
}

function Invitations({ tenant, writable }: PartProps) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const invitations = useInvitations(tenant);
	const write = useInvitationWrite(tenant);
	const act = (row: Invitation, what: "resend" | "revoke") =>
		write.mutate(
			{ id: row.id, act: what },
			{
				onSuccess: () => toast(t(`${what}Toast`, { email: row.email })),
				onError: (error) => toast(toApiError(error).message, { error: true }),
			},
		);
	const columns: Column<Invitation>[] = [
		{ id: "email", header: t("email"), primary: true, cell: (row) => row.email },
		{ id: "role", header: t("role"), cell: (row) => <Tag>{row.role}</Tag> },
		{
			id: "state",
			header: t("state"),
			cell: (row) => {
				const state = INVITATION_STATES.find((each) => each === row.state);
				return (
					<Badge tone={INVITATION_TONES[row.state] ?? "neutral"}>
						{state ? t(state) : row.state}
					</Badge>
				);
			},
		},
		{
			id: "expires",
			header: t("expires"),
			secondary: true,
			cell: (row) => <Time at={row.expires_at} relative />,
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (row) =>
				(row.state === "pending" || row.state === "expired") && (
					<Menu
						trigger={
							<IconButton
								size="s"
								label={t("actionsOf", { name: row.email })}
								icon={<Ellipsis size={16} />}
							/>
						}
						groups={[
							{
								items: [
									{
										label: t("resend"),
										icon: <Send size={16} />,
										onSelect: () => act(row, "resend"),
									},
									{
										label: t("revoke"),
										icon: <Trash2 size={16} />,
										danger: true,
										onSelect: () => act(row, "revoke"),
									},
								],
							},
						]}
					/>
				),
		});
	if (invitations.rows?.length === 0) return null;
	return (
		<Stack>
			<Panel title={t("invitations")} flush>
				<Table
					label={t("invitations")}
					columns={columns}
					rows={invitations.rows}
					rowKey={(row) => row.id}
					error={invitations.error}
					onRetry={invitations.refetch}
					empty={null}
				/>
			</Panel>
			<Pager {...invitations.pager} />
		</Stack>
	);
}

function InviteDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const invite = useInvite(tenant);
	const [email, setEmail] = useState("");
	const [role, setRole] = useState<Role>("owner");
	const valid = /^[^\s@]+@[^\s@]+$/.test(email.trim());
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("inviteTitle")}
			description={t("ownerHint")}
			submit={t("invite")}
			disabled={!valid}
			busy={invite.isPending}
			onSubmit={() =>
				invite.mutate(
					{ email: email.trim(), role },
					{
						onSuccess: () => {
							onClose();
							toast(t("invitedToast", { email: email.trim() }));
						},
					},
				)
			}
		>
			<Stack>
				{invite.error && <ErrorPanel error={invite.error} />}
				<TextField
					label={t("email")}
					type="email"
					autoComplete="off"
					value={email}
					onChange={(event) => setEmail(event.target.value)}
				/>
				<Select
					label={t("role")}
					value={role}
					onChange={setRole}
					options={ROLES.map((value) => ({ value, label: value }))}
				/>
			</Stack>
		</FormDialog>
	);
}
