// SPDX-License-Identifier: Apache-2.0
// A new tenant, and the invitation of its owner.
"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { z } from "zod/mini";
import { toApiError } from "@/api/errors";
import { useInvite } from "@/areas/members/queries";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Tenant, useCreateTenant } from "./queries";

const schema = z.object({
	name: z.string().check(z.trim(), z.minLength(1), z.maxLength(128)),
	owner: z.string().check(z.trim(), z.regex(/^$|^[^\s@]+@[^\s@]+$/), z.maxLength(254)),
});

type Form = z.infer<typeof schema>;
const EMPTY: Form = { name: "", owner: "" };

interface CreateDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
}

export function CreateDialog({ open, onOpenChange }: CreateDialogProps) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const router = useRouter();
	/** Made already, while its owner could not be invited: sending again invites only. */
	const [made, setMade] = useState<Tenant | null>(null);
	const create = useCreateTenant();
	const invite = useInvite(made?.id ?? "");
	const form = useForm<Form>({ resolver: zodResolver(schema), defaultValues: EMPTY });
	const { errors } = form.formState;
	const { reset } = form;
	useEffect(() => {
		if (!open) return;
		reset(EMPTY);
		setMade(null);
	}, [open, reset]);
	const finish = (tenant: Tenant, owner: string) => {
		toast(
			owner === ""
				? t("createdToast", { name: tenant.name })
				: t("createdInvitedToast", { name: tenant.name, owner }),
		);
		router.push(`/platform/tenants/?id=${tenant.id}`);
	};
	const submit = form.handleSubmit(({ name, owner }) => {
		if (made) {
			if (owner === "") finish(made, owner);
			else invite.mutate({ email: owner, role: "owner" }, { onSuccess: () => finish(made, owner) });
			return;
		}
		create.mutate(name, {
			onSuccess: (tenant) => (owner === "" ? finish(tenant, owner) : setMade(tenant)),
		});
	});
	// The second call begins when the first one's tenant is known.
	const inviteOwner = invite.mutate;
	// biome-ignore lint/correctness/useExhaustiveDependencies: once for each tenant that was made
	useEffect(() => {
		const owner = form.getValues("owner").trim();
		if (made && owner !== "")
			inviteOwner({ email: owner, role: "owner" }, { onSuccess: () => finish(made, owner) });
	}, [made]);
	return (
		<FormDialog
			open={open}
			onOpenChange={onOpenChange}
			title={t("createTitle")}
			description={t("createText")}
			submit={made ? t("inviteAgain") : t("create")}
			onSubmit={submit}
			busy={create.isPending || invite.isPending}
		>
			<Stack>
				{create.error && <ErrorPanel error={create.error} />}
				{made && invite.error && (
					<>
						<Callout tone="warn" title={t("madeNotInvited", { name: made.name })} />
						<ErrorPanel error={toApiError(invite.error)} />
					</>
				)}
				<TextField
					label={t("name")}
					hint={t("nameHint")}
					error={errors.name && t("nameError")}
					autoComplete="off"
					readOnly={made !== null}
					{...form.register("name")}
				/>
				<TextField
					label={t("owner")}
					optional
					hint={t("ownerHint")}
					error={errors.owner && t("emailError")}
					type="email"
					autoComplete="off"
					{...form.register("owner")}
				/>
			</Stack>
		</FormDialog>
	);
}
