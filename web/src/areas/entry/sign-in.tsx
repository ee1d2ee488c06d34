// SPDX-License-Identifier: Apache-2.0
// Signing in: password, then the organisation where there are several, then a code where one is wanted.
"use client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { ApiError } from "@/api/errors";
import { safeReturnPath } from "@/session/return-path";
import { PasswordField, TextField } from "@/ui/field";
import { useRoleName } from "@/ui/role";
import styles from "./entry.module.css";
import { EntryPanel } from "./frame";
import { post } from "./post";
import { SendButton, SendForm } from "./send-form";
import { useFormCall } from "./use-form-call";

interface Home {
	id: string;
	name: string;
	role?: string;
}

type Step =
	| { name: "password" }
	| { name: "tenant"; homes: Home[] }
	| { name: "code" }
	| { name: "forgotten" };

/** The organisations that an error 400 offers. */
export function offeredHomes(error: ApiError): Home[] | null {
	const body = error.body as { tenants?: unknown; error?: { tenants?: unknown } } | null;
	const list = body?.error?.tenants ?? body?.tenants;
	return error.status === 400 && Array.isArray(list) ? (list as Home[]) : null;
}

export function SignIn() {
	const [step, setStep] = useState<Step>({ name: "password" });
	const [email, setEmail] = useState("");
	const [password, setPassword] = useState("");
	const tenant = useRef<string | undefined>(undefined);
	const call = useFormCall();
	useEffect(() => {
		tenant.current = new URLSearchParams(location.search).get("tenant") ?? undefined;
	}, []);

	const signIn = (event: FormEvent | null, code?: string) =>
		call.run(
			event,
			async () => {
				await post("/api/auth/session", {
					email: email.trim(),
					password,
					tenant: tenant.current,
					code,
				});
				location.replace(safeReturnPath(new URLSearchParams(location.search).get("next")));
				// Busy until the next page is there.
				await new Promise(() => undefined);
			},
			(error) => {
				const homes = offeredHomes(error);
				if (homes) setStep({ name: "tenant", homes });
				else if (error.code === "mfa_required") setStep({ name: "code" });
				else return false;
				return true;
			},
		);
	const back = () => {
		call.setProblem(null);
		setStep({ name: "password" });
	};

	if (step.name === "tenant")
		return (
			<ChooseTenant
				homes={step.homes}
				problem={call.problem}
				onChoose={(id) => {
					tenant.current = id;
					void signIn(null);
				}}
				onBack={back}
			/>
		);
	if (step.name === "code")
		return <Code busy={call.busy} problem={call.problem} onSend={signIn} onBack={back} />;
	if (step.name === "forgotten")
		return <Forgotten email={email} onEmail={setEmail} onBack={back} />;
	return (
		<Password
			email={email}
			password={password}
			onEmail={setEmail}
			onPassword={setPassword}
			call={call}
			onSend={signIn}
			onForgotten={() => setStep({ name: "forgotten" })}
		/>
	);
}

interface PasswordProps {
	email: string;
	password: string;
	onEmail: (email: string) => void;
	onPassword: (password: string) => void;
	call: { busy: boolean; problem: string | null };
	onSend: (event: FormEvent) => void;
	onForgotten: () => void;
}

function Password({
	email,
	password,
	onEmail,
	onPassword,
	call,
	onSend,
	onForgotten,
}: PasswordProps) {
	const t = useTranslations("entry");
	return (
		<EntryPanel title={t("signIn")}>
			<SendForm onSubmit={onSend}>
				<TextField
					label={t("email")}
					type="email"
					name="email"
					autoComplete="username"
					autoCapitalize="none"
					spellCheck={false}
					required
					value={email}
					onChange={(event) => onEmail(event.target.value)}
				/>
				<PasswordField
					label={t("password")}
					name="password"
					autoComplete="current-password"
					required
					value={password}
					onChange={(event) => onPassword(event.target.value)}
				/>
				<Problem text={call.problem} />
				<SendButton busy={call.busy}>{t("signIn")}</SendButton>
			</SendForm>
			<p className={styles.below}>
				<button type="button" className={styles.link} onClick={onForgotten}>
					{t("forgotten")}
				</button>
			</p>
		</EntryPanel>
	);
}

export function Problem({ text }: { text: string | null }) {
	return (
		<div role="alert" className={styles.alert}>
			{text !== null && <p className={styles.error}>{text}</p>}
		</div>
	);
}

interface ChooseTenantProps {
	homes: Home[];
	problem: string | null;
	onChoose: (id: string) => void;
	onBack: () => void;
}

function ChooseTenant({ homes, problem, onChoose, onBack }: ChooseTenantProps) {
	const t = useTranslations("entry");
	const role = useRoleName();
	return (
		<EntryPanel title={t("whichTenant")} text={t("whichTenantText")}>
			<ul className={styles.tenants}>
				{homes.map((home) => (
					<li key={home.id}>
						<button type="button" className={styles.tenant} onClick={() => onChoose(home.id)}>
							{home.name}
							{home.role && <span>{role(home.role)}</span>}
						</button>
					</li>
				))}
			</ul>
			<Problem text={problem} />
			<Back onBack={onBack} />
		</EntryPanel>
	);
}

export function Back({ onBack }: { onBack: () => void }) {
	const t = useTranslations("entry");
	return (
		<p className={styles.below}>
			<button type="button" className={styles.link} onClick={onBack}>
				{t("back")}
			</button>
		</p>
	);
}

interface CodeProps {
	busy: boolean;
	problem: string | null;
	onSend: (event: FormEvent, code: string) => void;
	onBack: () => void;
}

function Code({ busy, problem, onSend, onBack }: CodeProps) {
	const t = useTranslations("entry");
	const [code, setCode] = useState("");
	const [recovery, setRecovery] = useState(false);
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => input.current?.focus(), []);
	return (
		<EntryPanel title={t("secondFactor")} text={recovery ? t("recoveryText") : t("codeText")}>
			<SendForm
				className={`${styles.form} ${styles.code}`}
				onSubmit={(event) => onSend(event, code.replace(/\s/g, ""))}
			>
				<TextField
					key={String(recovery)}
					ref={input}
					label={recovery ? t("recoveryCode") : t("code")}
					name="code"
					required
					autoComplete="one-time-code"
					inputMode={recovery ? "text" : "numeric"}
					spellCheck={false}
					value={code}
					onChange={(event) => setCode(event.target.value)}
				/>
				<Problem text={problem} />
				<SendButton busy={busy}>{t("continue")}</SendButton>
			</SendForm>
			<p className={styles.below}>
				<button
					type="button"
					className={styles.link}
					onClick={() => {
						setCode("");
						setRecovery(!recovery);
					}}
				>
					{recovery ? t("useCode") : t("useRecovery")}
				</button>
			</p>
			<Back onBack={onBack} />
		</EntryPanel>
	);
}

function Forgotten({
	email,
	onEmail,
	onBack,
}: {
	email: string;
	onEmail: (email: string) => void;
	onBack: () => void;
}) {
	const t = useTranslations("entry");
	const call = useFormCall();
	const [sent, setSent] = useState(false);
	return (
		<EntryPanel title={t("forgottenTitle")} text={t("forgottenText")}>
			{sent ? (
				<p className={styles.done} role="status">
					{t("forgottenSent")}
				</p>
			) : (
				<SendForm
					onSubmit={(event) =>
						void call.run(event, async () => {
							await post("/api/auth/password/reset", { email: email.trim() });
							setSent(true);
						})
					}
				>
					<TextField
						label={t("email")}
						type="email"
						name="email"
						autoComplete="username"
						required
						value={email}
						onChange={(event) => onEmail(event.target.value)}
					/>
					<Problem text={call.problem} />
					<SendButton busy={call.busy}>{t("sendLink")}</SendButton>
				</SendForm>
			)}
			<Back onBack={onBack} />
		</EntryPanel>
	);
}
