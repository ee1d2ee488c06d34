// SPDX-License-Identifier: Apache-2.0
// What wants a look, as sentences with a way to the place where it can be looked at.
"use client";
import { useFormatter, useTranslations } from "use-intl";
import { Callout } from "@/ui/notice";
import { Stack } from "@/ui/page";
import type { Concern } from "./state";

export function Concerns({ concerns }: { concerns: Concern[] }) {
	return (
		<Stack gap={2}>
			{concerns.map((concern) => (
				<One key={`${concern.kind} ${"name" in concern ? concern.name : ""}`} concern={concern} />
			))}
		</Stack>
	);
}

function One({ concern }: { concern: Concern }) {
	const t = useTranslations("oversight");
	const format = useFormatter();
	const percent = (share: number) =>
		format.number(share, { style: "percent", maximumFractionDigits: 0 });
	const minutes = (seconds: number) => Math.round(seconds / 60);
	switch (concern.kind) {
		case "process":
			return (
				<Callout tone="bad" title={t("concernProcess", { name: concern.name })}>
					{t("concernProcessText")}
				</Callout>
			);
		case "disk":
			return (
				<Callout tone="bad" title={t("concernDisk", { share: percent(concern.share) })}>
					{t("concernDiskText")}
				</Callout>
			);
		case "connections":
			return (
				<Callout tone="warn" title={t("concernConnections", { share: percent(concern.share) })}>
					{t("concernConnectionsText")}
				</Callout>
			);
		case "queue":
			return (
				<Callout
					tone="warn"
					title={t("concernQueue", { name: concern.name, minutes: minutes(concern.seconds) })}
				>
					{t("concernQueueText")}
				</Callout>
			);
		case "audit":
			return (
				<Callout tone="warn" title={t("concernAudit", { name: concern.name })}>
					{t("concernAuditText")}
				</Callout>
			);
		case "transaction":
			return (
				<Callout tone="warn" title={t("concernTransaction", { minutes: minutes(concern.seconds) })}>
					{t("concernTransactionText")}
				</Callout>
			);
	}
}
