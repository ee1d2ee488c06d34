// SPDX-License-Identifier: Apache-2.0
// How the members' sessions in this console are kept.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { Switch } from "@/ui/choice";
import { ConfirmDialog } from "@/ui/dialog";
import { Callout } from "@/ui/notice";
import { Grid, Panel, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { useToast } from "@/ui/toast";
import { type Settings, type SettingsChange, useChangeSettings } from "./queries";
import { IDLE, lengthOf, MOST, withCurrent } from "./spans";

export function SignInPanel({ settings, writable }: { settings: Settings; writable: boolean }) {
	const t = useTranslations("settings");
	const ui = useTranslations("ui");
	const toast = useToast();
	const { session } = useSession();
	const change = useChangeSettings();
	const [asking, setAsking] = useState(false);
	const save = (body: SettingsChange) =>
		change.mutate(body, {
			onSuccess: () => {
				setAsking(false);
				toast(ui("saved"));
			},
			onError: (error) => toast(toApiError(error).message, { error: true }),
		});
	const select = (name: "session_idle_s" | "session_max_s", spans: number[]) => (
		<Select
			label={t(name)}
			hint={t(`${name}_hint`)}
			value={String(settings[name])}
			disabled={!writable || change.isPending}
			onChange={(value) => save({ [name]: Number(value) })}
			options={withCurrent(spans, settings[name]).map((seconds) => ({
				value: String(seconds),
				label: seconds === 0 ? t("installations") : t("span", { ...lengthOf(seconds) }),
			}))}
		/>
	);
	return (
		<Panel title={t("signIn")} description={t("signInText")}>
			<Stack>
				<Switch
					label={t("factor")}
					hint={t("factorHint")}
					checked={settings.mfa_required}
					disabled={!writable || change.isPending}
					onChange={(on) => (on ? setAsking(true) : save({ mfa_required: false }))}
				/>
				{settings.mfa_required && !session.mfa.enabled && (
					<Callout tone="warn">{t("factorMissing")}</Callout>
				)}
				<Grid min="s">
					{select("session_idle_s", IDLE)}
					{select("session_max_s", MOST)}
				</Grid>
			</Stack>
			<ConfirmDialog
				open={asking}
				onOpenChange={setAsking}
				title={t("factorTitle")}
				description={session.mfa.enabled ? t("factorText") : t("factorFirst")}
				action={t("factorAction")}
				busy={change.isPending}
				onConfirm={() => save({ mfa_required: true })}
			/>
		</Panel>
	);
}
