// Step-up: an act that needs a fresh proof asks for the password or a code, and is repeated.
"use client";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { api, data } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import { FormDialog } from "@/ui/dialog";
import { PasswordField, TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useSession } from "./session";

type Elevated = <T>(act: () => Promise<T>) => Promise<T>;

const ElevationContext = createContext<Elevated | null>(null);

/** `const elevated = useElevation(); … mutationFn: (id) => elevated(() => data(api.DELETE(…)))` */
export function useElevation(): Elevated {
	const elevated = useContext(ElevationContext);
	if (!elevated) throw new Error("useElevation outside of a portal");
	return elevated;
}

interface Waiting {
	/** The act's own error, if the reader gives up. */
	refusal: ApiError;
	resolve: (proved: boolean) => void;
}

export function ElevationProvider({ children }: { children: ReactNode }) {
	const [waiting, setWaiting] = useState<Waiting | null>(null);
	const prove = useCallback(
		(refusal: ApiError) => new Promise<boolean>((resolve) => setWaiting({ refusal, resolve })),
		[],
	);
	const elevated = useCallback<Elevated>(
		async (act) => {
			try {
				return await act();
			} catch (failure) {
				const error = toApiError(failure);
				if (error.code !== "elevation_required" || !(await prove(error))) throw error;
				return await act();
			}
		},
		[prove],
	);
	const end = (proved: boolean) => {
		waiting?.resolve(proved);
		setWaiting(null);
	};
	return (
		<ElevationContext value={elevated}>
			{children}
			{waiting && <ElevationDialog onEnd={end} />}
		</ElevationContext>
	);
}

function ElevationDialog({ onEnd }: { onEnd: (proved: boolean) => void }) {
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
