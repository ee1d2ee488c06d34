// SPDX-License-Identifier: Apache-2.0
// What is done to a member: another role, a link for a password, an end.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/button";
import { Secret } from "@/ui/copy";
import { Dialog, FormDialog } from "@/ui/dialog";
import { Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import {
	type Member,
	memberName,
	type Role,
	useChangeRole,
	useCreateLink,
	useDisable,
} from "./queries";
import { RolePicker } from "./roles";

interface TargetProps {
	target: Member | null;
	onClose: () => void;
}

export function RoleDialog({ target, onClose }: TargetProps) {
	const t = useTranslations("members");
	const toast = useToast();
	const change = useChangeRole();
	const [role, setRole] = useState<Role>("member");
	const reset = change.reset;
	useEffect(() => {
		if (!target) return;
		setRole(target.role);
		reset();
	}, [target, reset]);
	const name = (target && memberName(target)) ?? t("unknown");
	return (
		<FormDialog
			open={target !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("roleTitle", { name })}
			description={t("roleText")}
			submit={t("changeRole")}
			busy={change.isPending}
			disabled={role === target?.role}
			onSubmit={() =>
				target &&
				change.mutate(
					{ id: target.id, role },
					{
						onSuccess: () => {
							onClose();
							toast(t("roleToast", { name }));
						},
					},
				)
			}
		>
			<Stack>
				{change.error && <ErrorPanel error={change.error} />}
				<RolePicker value={role} onChange={setRole} />
			</Stack>
		</FormDialog>
	);
}

export function DisableDialog({ target, tenant, onClose }: TargetProps & { tenant?: string }) {
	const t = useTranslations("members");
	const toast = useToast();
	const disable = useDisable(tenant);
	const name = (target && memberName(target)) ?? t("unknown");
	const close = () => {
		disable.reset();
		onClose();
	};
	return (
		<FormDialog
			open={target !== null}
			onOpenChange={(open) => !open && close()}
			danger
			title={t("disableTitle", { name })}
			description={t("disableText")}
			submit={t("disable")}
			busy={disable.isPending}
			onSubmit={() =>
				target &&
				disable.mutate(target.id, {
					onSuccess: () => {
						close();
						toast(t("disabledToast", { name }));
					},
				})
			}
		>
			{disable.error && <ErrorPanel error={disable.error} />}
		</FormDialog>
	);
}

/** Making the link is the act; it is shown once, as it is a secret. */
export function LinkDialog({ target, tenant, onClose }: TargetProps & { tenant: string }) {
	const t = useTranslations("members");
	const create = useCreateLink(tenant);
	const link = create.data;
	const name = (target && memberName(target)) ?? t("unknown");
	const close = () => {
		create.reset();
		onClose();
	};
	if (link)
		return (
			<Dialog
				wide
				open={target !== null}
				onOpenChange={(open) => !open && close()}
				dismissible={false}
				title={t("linkReady", { name })}
				footer={
					<Button variant="primary" onClick={close}>
						{t("linkHandedOver")}
					</Button>
				}
			>
				<Stack>
					<Callout tone="warn">{t("linkOnce")}</Callout>
					<Secret value={location.origin + link.url_path} label={t("copyLink")} />
					<p>
						{t("linkExpires")} <Time at={link.expires_at} />
					</p>
				</Stack>
			</Dialog>
		);
	return (
		<FormDialog
			open={target !== null}
			onOpenChange={(open) => !open && close()}
			title={t("linkTitle", { name })}
			description={t("linkText")}
			submit={t("createLink")}
			busy={create.isPending}
			onSubmit={() => target && create.mutate(target.id)}
		>
			{create.error && <ErrorPanel error={create.error} />}
		</FormDialog>
	);
}
