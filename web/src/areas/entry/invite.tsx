// SPDX-License-Identifier: Apache-2.0
// Accepting an invitation: with a new account, or with the one that the address already has.
"use client";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { PasswordField, TextField } from "@/ui/field";
import { useRoleName } from "@/ui/role";
import styles from "./entry.module.css";
import { EntryPanel, useFragmentToken } from "./frame";
import { PASSWORD_MIN } from "./limits";
import { post } from "./post";
import { SendButton, SendForm } from "./send-form";
import { BadLink } from "./set-password";
import { Problem } from "./sign-in";
import { useFormCall } from "./use-form-call";

interface Invitation {
	tenant_name: string;
	email: string;
	role: string;
	has_account: boolean;
}

export function Invite() {
	const t = useTranslations("entry");
	const token = useFragmentToken();
	const [invitation, setInvitation] = useState<Invitation | "bad" | null>(null);
	const { problem, run } = useFormCall();
	// biome-ignore lint/correctness/useExhaustiveDependencies: once per token
	useEffect(() => {
		if (!token) return;
		void run(
			null,
			async () => setInvitation(await post<Invitation>("/api/auth/invitation", { token })),
			(error) => {
				if (error.status < 400 || error.status >= 500 || error.status === 429) return false;
				setInvitation("bad");
				return true;
			},
		);
	}, [token]);

	if (token === null || invitation === "bad") return <BadLink />;
	if (token === undefined || invitation === null)
		return (
			<EntryPanel title={t("inviteTitle")}>
				<p role="status" className={styles.below}>
					{problem === null && t("checking")}
				</p>
				<Problem text={problem} />
			</EntryPanel>
		);
	return <Accept token={token} invitation={invitation} />;
}

function Accept({ token, invitation }: { token: string; invitation: Invitation }) {
	const t = useTranslations("entry");
	const role = useRoleName();
	const call = useFormCall();
	const [name, setName] = useState("");
	const [password, setPassword] = useState("");
	const [code, setCode] = useState<string | null>(null);
	const isNew = !invitation.has_account;
	const accept = (event: FormEvent) =>
		void call.run(
			event,
			async () => {
				await post("/api/auth/invitation/accept", {
					token,
					password,
					name: isNew && name.trim() !== "" ? name.trim() : undefined,
					code: code ?? undefined,
				});
				location.replace("/");
				await new Promise(() => undefined);
			},
			(failure) => {
				if (toApiError(failure).code !== "mfa_required") return false;
				setCode("");
				return true;
			},
		);
	return (
		<EntryPanel
			title={t("inviteTo", { tenant: invitation.tenant_name })}
			text={t("inviteText", { email: invitation.email, role: role(invitation.role) })}
		>
			<SendForm onSubmit={accept}>
				{isNew && (
					<TextField
						label={t("name")}
						name="name"
						autoComplete="name"
						optional
						value={name}
						onChange={(event) => setName(event.target.value)}
					/>
				)}
				<PasswordField
					label={isNew ? t("newPassword") : t("password")}
					hint={isNew ? t("passwordHint", { count: PASSWORD_MIN }) : undefined}
					name={isNew ? "new-password" : "password"}
					autoComplete={isNew ? "new-password" : "current-password"}
					required
					minLength={isNew ? PASSWORD_MIN : undefined}
					value={password}
					onChange={(event) => setPassword(event.target.value)}
				/>
				{code !== null && (
					<TextField
						label={t("code")}
						hint={t("codeText")}
						name="code"
						autoComplete="one-time-code"
						required
						value={code}
						onChange={(event) => setCode(event.target.value)}
					/>
				)}
				<Problem text={call.problem} />
				<SendButton busy={call.busy}>{t("join")}</SendButton>
			</SendForm>
		</EntryPanel>
	);
}
