// SPDX-License-Identifier: Apache-2.0
// The form of an invitation.
"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { z } from "zod/mini";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Role, useInvite } from "./queries";
import { RolePicker } from "./roles";

const schema = z.object({
	email: z.string().check(z.trim(), z.maxLength(254), z.regex(/^\S+@\S+$/)),
	role: z.string(),
});
type Form = z.infer<typeof schema>;

interface InviteDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	onInvited?: () => void;
	/** Whose, for the operator, who invites owners: without it, the own organisation's. */
	tenant?: string;
}

export function InviteDialog({ open, onOpenChange, onInvited, tenant }: InviteDialogProps) {
	const t = useTranslations("members");
	const toast = useToast();
	const invite = useInvite(tenant);
	const role = tenant === undefined ? "member" : "owner";
	const form = useForm<Form>({ resolver: zodResolver(schema), defaultValues: { email: "", role } });
	const { reset } = form;
	const resetCall = invite.reset;
	useEffect(() => {
		if (!open) return;
		reset({ email: "", role });
		resetCall();
	}, [open, reset, resetCall, role]);
	const submit = form.handleSubmit(({ email, role }) =>
		invite.mutate(
			{ email, role: role as Role },
			{
				onSuccess: () => {
					onOpenChange(false);
					onInvited?.();
					toast(t("invitedToast", { email }));
				},
			},
		),
	);
	return (
		<FormDialog
			open={open}
			onOpenChange={onOpenChange}
			title={t("inviteTitle")}
			description={t("inviteText")}
			submit={t("inviteSubmit")}
			onSubmit={submit}
			busy={invite.isPending}
		>
			<Stack>
				{invite.error && <ErrorPanel error={invite.error} />}
				<TextField
					label={t("email")}
					type="email"
					inputMode="email"
					autoComplete="off"
					error={form.formState.errors.email && t("emailError")}
					{...form.register("email")}
				/>
				<Controller
					control={form.control}
					name="role"
					render={({ field }) => (
						<RolePicker
							value={field.value as Role}
							onChange={field.onChange}
							elsewhere={tenant !== undefined}
						/>
					)}
				/>
			</Stack>
		</FormDialog>
	);
}
