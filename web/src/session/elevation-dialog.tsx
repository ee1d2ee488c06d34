// SPDX-License-Identifier: Apache-2.0
// Asks for the password, or for a code where the account has a second factor.
"use client";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { api, data } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import { FormDialog } from "@/ui/dialog";
import { PasswordField, TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useSession } from "./session";

export default function ElevationDialog({ onEnd }: { onEnd: (proved: boolean) => void }) {
	const t = useTranslations("shell");
	const { session, renew } = useSession();
	const [password, setPassword] = useState("");
	const [code, setCode] = useState("");
	const [error, setError] = useState<ApiError | null>(null);
	const running = useRef(false);
	const [busy, setBusy] = useState(false);
	const send = async () => {
		if (running.current) return;
		running.current = true;
		setBusy(true);
		try {
			const body = session.mfa.enabled ? { code: code.replace(/\s/g, "") } : { password };
			renew(await data(api.POST("/api/auth/session/elevate", { body })));
			onEnd(true);
		} catch (failure) {
			setError(toApiError(failure));
		} finally {
			running.current = false;
			setBusy(false);
		}
	};
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onEnd(false)}
			title={t("elevateTitle")}
			description={t("elevateText")}
			submit={t("confirm")}
			busy={busy}
			onSubmit={() => void send()}
		>
			<Stack>
				{error && <ErrorPanel error={error} title={t("elevateFailed")} />}
				{session.mfa.enabled ? (
					<TextField
						label={t("code")}
						autoComplete="one-time-code"
						inputMode="numeric"
						value={code}
						onChange={(event) => setCode(event.target.value)}
					/>
				) : (
					<PasswordField
						label={t("password")}
						autoComplete="current-password"
						value={password}
						onChange={(event) => setPassword(event.target.value)}
					/>
				)}
			</Stack>
		</FormDialog>
	);
}
