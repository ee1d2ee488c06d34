// SPDX-License-Identifier: Apache-2.0
// What is done about harmful content, before a model is asked and after it answered.
"use client";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { RadioGroup } from "@/ui/choice";
import { Grid, Panel } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Settings, type SettingsChange, useChangeSettings } from "./queries";

const POLICIES = ["off", "flag", "refuse"] as const;
type Policy = (typeof POLICIES)[number];
type Side = "input" | "output";

export function ModerationPanel({ settings, writable }: { settings: Settings; writable: boolean }) {
	const t = useTranslations("settings");
	const ui = useTranslations("ui");
	const toast = useToast();
	const change = useChangeSettings();
	const save = (body: SettingsChange) =>
		change.mutate(body, {
			onSuccess: () => toast(ui("saved")),
			onError: (error) => toast(toApiError(error).message, { error: true }),
		});
	const choice = (side: Side) => (
		<RadioGroup<Policy>
			label={t(`moderation_${side}`)}
			value={POLICIES.find((each) => each === settings[`moderation_${side}`]) ?? "off"}
			disabled={!writable || change.isPending}
			onChange={(policy) => save({ [`moderation_${side}`]: policy })}
			options={POLICIES.map((value) => ({
				value,
				label: t(`policy_${value}`),
				hint: t(`policy_${value}_${side}`),
				disabled: !writable || change.isPending,
			}))}
		/>
	);
	return (
		<Panel title={t("moderation")} description={t("moderationText")} footer={t("policyMissing")}>
			<Grid min="s">
				{choice("input")}
				{choice("output")}
			</Grid>
		</Panel>
	);
}
