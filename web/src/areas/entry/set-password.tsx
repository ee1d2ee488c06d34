// SPDX-License-Identifier: Apache-2.0
// A one-time link: sets a password, then on to signing in.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { PasswordField } from "@/ui/field";
import styles from "./entry.module.css";
import { EntryPanel, useFragmentToken } from "./frame";
import { PASSWORD_MIN } from "./limits";
import { post } from "./post";
import { SendButton, SendForm } from "./send-form";
import { Problem } from "./sign-in";
import { useFormCall } from "./use-form-call";

interface SetPasswordProps {
	title: string;
	text: string;
}

export function SetPassword({ title, text }: SetPasswordProps) {
	const t = useTranslations("entry");
	const token = useFragmentToken();
	const call = useFormCall("badLinkText");
	const [password, setPassword] = useState("");
	const [email, setEmail] = useState<string | null>(null);
	if (token === null) return <BadLink />;
	if (email !== null)
		return (
			<EntryPanel title={t("passwordSet")} text={t("passwordSetText", { email })}>
				<a className={styles.link} href="/sign-in/">
					{t("toSignIn")}
				</a>
			</EntryPanel>
		);
	return (
		<EntryPanel title={title} text={text}>
			<SendForm
				onSubmit={(event) =>
					void call.run(event, async () => {
						const answer = await post<{ email: string }>("/api/auth/link", { token, password });
						setEmail(answer.email);
					})
				}
			>
				<PasswordField
					label={t("newPassword")}
					hint={t("passwordHint", { count: PASSWORD_MIN })}
					name="new-password"
					autoComplete="new-password"
					required
					minLength={PASSWORD_MIN}
					value={password}
					onChange={(event) => setPassword(event.target.value)}
				/>
				<Problem text={call.problem} />
				<SendButton busy={call.busy}>{t("setPassword")}</SendButton>
			</SendForm>
		</EntryPanel>
	);
}

export function BadLink() {
	const t = useTranslations("entry");
	return (
		<EntryPanel title={t("badLink")} text={t("badLinkText")}>
			<a className={styles.link} href="/sign-in/">
				{t("toSignIn")}
			</a>
		</EntryPanel>
	);
}
