// SPDX-License-Identifier: Apache-2.0
// What the operator does to a tenant: act as a member, suspend, resume, delete.
"use client";
import { Ellipsis, Pause, Play, Trash2, UserRoundCog } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { leaveFor } from "@/api/client";
import { toApiError } from "@/api/errors";
import { useQueryState } from "@/api/url-state";
import { useMembers } from "@/areas/members/queries";
import { useSession } from "@/session/session";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Menu, type MenuItem } from "@/ui/menu";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { useToast } from "@/ui/toast";
import { type Tenant, useDeleteTenant, useImpersonate, useResume, useSuspend } from "./queries";

export function TenantActs({ tenant }: { tenant: Tenant }) {
	const t = useTranslations("tenants");
	const { can, session } = useSession();
	const [act, setAct] = useQueryState("do");
	const toast = useToast();
	const resume = useResume();
	const own = tenant.id === session.tenant.id;
	if (!can("tenants:write") || own || tenant.state === "deleting") return null;
	const close = () => setAct("");
	const items: MenuItem[] = [];
	if (tenant.state === "active")
		items.push({
			label: t("suspend"),
			icon: <Pause size={16} />,
			onSelect: () => setAct("suspend"),
		});
	items.push({
		label: t("delete"),
		icon: <Trash2 size={16} />,
		danger: true,
		onSelect: () => setAct("delete"),
	});
	return (
		<>
			{tenant.state === "suspended" && (
				<Button
					icon={<Play size={16} />}
					busy={resume.isPending}
					onClick={() =>
						resume.mutate(tenant.id, {
							onSuccess: () => toast(t("resumedToast", { name: tenant.name })),
							onError: (error) => toast(toApiError(error).message, { error: true }),
						})
					}
				>
					{t("resume")}
				</Button>
			)}
			{tenant.state === "active" && (
				<Button icon={<UserRoundCog size={16} />} onClick={() => setAct("impersonate")}>
					{t("impersonate")}
				</Button>
			)}
			<Menu
				trigger={
					<IconButton label={t("actionsOf", { name: tenant.name })} icon={<Ellipsis size={16} />} />
				}
				groups={[{ items }]}
			/>
			<SuspendDialog tenant={tenant} open={act === "suspend"} onClose={close} />
			<DeleteDialog tenant={tenant} open={act === "delete"} onClose={close} />
			{act === "impersonate" && <ImpersonateDialog tenant={tenant} onClose={close} />}
		</>
	);
}

interface ActProps {
	tenant: Tenant;
	open: boolean;
	onClose: () => void;
}

function SuspendDialog({ tenant, open, onClose }: ActProps) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const suspend = useSuspend();
	return (
		<ConfirmDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("suspendTitle", { name: tenant.name })}
			description={t("suspendText")}
			action={t("suspend")}
			busy={suspend.isPending}
			onConfirm={() =>
				suspend.mutate(tenant.id, {
					onSuccess: () => {
						onClose();
						toast(t("suspendedToast", { name: tenant.name }));
					},
				})
			}
		>
			{suspend.error && <ErrorPanel error={suspend.error} />}
		</ConfirmDialog>
	);
}

function DeleteDialog({ tenant, open, onClose }: ActProps) {
	const t = useTranslations("tenants");
	const router = useRouter();
	const remove = useDeleteTenant();
	return (
		<ConfirmDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("deleteTitle", { name: tenant.name })}
			description={t("deleteText")}
			action={t("delete")}
			name={tenant.name}
			busy={remove.isPending}
			onConfirm={() =>
				remove.mutate(
					{ id: tenant.id, name: tenant.name },
					{
						onSuccess: (deletion) =>
							router.replace(`/platform/tenants/?tab=receipts&receipt=${deletion.id}`),
					},
				)
			}
		>
			{remove.error && <ErrorPanel error={remove.error} />}
		</ConfirmDialog>
	);
}

const OWNER = "owner";

function ImpersonateDialog({ tenant, onClose }: Omit<ActProps, "open">) {
	const t = useTranslations("tenants");
	const users = useMembers(tenant.id);
	const impersonate = useImpersonate();
	const [member, setMember] = useState(OWNER);
	const [minutes, setMinutes] = useState("30");
	const [reason, setReason] = useState("");
	return (
		<FormDialog
			open
			onOpenChange={(next) => !next && onClose()}
			title={t("impersonateTitle", { name: tenant.name })}
			description={t("impersonateText")}
			submit={t("impersonate")}
			disabled={reason.trim() === ""}
			busy={impersonate.isPending}
			onSubmit={() =>
				impersonate.mutate(
					{
						tenant: tenant.id,
						reason: reason.trim(),
						minutes: Number(minutes),
						...(member === OWNER ? {} : { account_id: member }),
					},
					// Another session: everything of this one is forgotten by loading anew.
					{ onSuccess: () => void leaveFor("/") },
				)
			}
		>
			<Stack>
				{impersonate.error && <ErrorPanel error={impersonate.error} />}
				<Callout>{t("impersonateNote")}</Callout>
				<TextField
					label={t("reason")}
					hint={t("reasonHint")}
					value={reason}
					maxLength={200}
					onChange={(event) => setReason(event.target.value)}
					autoComplete="off"
				/>
				<Select
					label={t("as")}
					value={member}
					onChange={setMember}
					options={[
						{ value: OWNER, label: t("theOwner") },
						...(users.rows ?? [])
							.filter((user) => user.state === "active")
							.map((user) => ({
								value: user.id,
								label: `${user.name || user.email || user.id} (${user.role})`,
							})),
					]}
				/>
				<Select
					label={t("duration")}
					value={minutes}
					onChange={setMinutes}
					options={["15", "30", "60"].map((value) => ({
						value,
						label: t("minutes", { count: Number(value) }),
					}))}
				/>
			</Stack>
		</FormDialog>
	);
}
