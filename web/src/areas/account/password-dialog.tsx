// SPDX-License-Identifier: Apache-2.0
// The form of a new password.
"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect } from "react";
import { useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { z } from "zod/mini";
import { PASSWORD_MIN } from "@/areas/entry/limits";
import { FormDialog } from "@/ui/dialog";
import { PasswordField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { useChangePassword } from "./queries";

const schema = z.object({
	current: z.string().check(z.minLength(1)),
	next: z.string().check(z.minLength(PASSWORD_MIN), z.maxLength(1024)),
});
type Form = z.infer<typeof schema>;

export function PasswordDialog({
	open,
	onOpenChange,
	email,
}: {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	email: string;
}) {
	const t = useTranslations("account");
	const toast = useToast();
	const change = useChangePassword();
	const form = useForm<Form>({
		resolver: zodResolver(schema),
		defaultValues: { current: "", next: "" },
	});
	const { errors } = form.formState;
	const { reset } = form;
	const resetCall = change.reset;
	useEffect(() => {
		reset();
		if (open) resetCall();
	}, [open, reset, resetCall]);
	return (
		<FormDialog
			open={open}
			onOpenChange={onOpenChange}
			title={t("changePassword")}
			description={t("passwordEffect")}
			submit={t("changePassword")}
			busy={change.isPending}
			onSubmit={form.handleSubmit(({ current, next }) =>
				change.mutate(
					{ current, new: next },
					{
						onSuccess: () => {
							onOpenChange(false);
							toast(t("passwordChanged"));
						},
					},
				),
			)}
		>
			<Stack>
				{change.error && <ErrorPanel error={change.error} title={t("passwordFailed")} />}
				{/* For password managers: whose password this is. */}
				<input type="hidden" name="username" autoComplete="username" value={email} readOnly />
				<PasswordField
					label={t("current")}
					autoComplete="current-password"
					error={errors.current && t("currentError")}
					{...form.register("current")}
				/>
				<PasswordField
					label={t("new")}
					hint={t("newHint", { count: PASSWORD_MIN })}
					autoComplete="new-password"
					error={errors.next && t("newError", { count: PASSWORD_MIN })}
					{...form.register("next")}
				/>
			</Stack>
		</FormDialog>
	);
}
