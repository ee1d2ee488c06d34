// SPDX-License-Identifier: Apache-2.0
// What an organisation decides about itself.
"use client";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { CodeButton } from "@/ui/code-button";
import { CopyId } from "@/ui/copy";
import { None, Num } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Page, Panel, Stack } from "@/ui/page";
import { CorsPanel } from "./cors-panel";
import { ModerationPanel } from "./moderation-panel";
import { NamePanel } from "./name-panel";
import { useLimits, useSettings } from "./queries";
import { SignInPanel } from "./sign-in-panel";

export function SettingsPage() {
	const t = useTranslations("settings");
	const { can } = useSession();
	if (!can("settings:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	return <Allowed />;
}

function Allowed() {
	const t = useTranslations("settings");
	const { session, can } = useSession();
	const settings = useSettings();
	// Who acts for a member does not change what holds for all of them.
	const writable = can("settings:write") && session.impersonation === null;
	return (
		<Page
			title={t("title")}
			description={t("description")}
			width="form"
			actions={<CodeButton path="/api/tenant" />}
		>
			<Stack gap={5}>
				{settings.error ? (
					<ErrorPanel error={settings.error} onRetry={() => void settings.refetch()} />
				) : settings.data ? (
					<>
						<NamePanel settings={settings.data} writable={writable} />
						<SignInPanel settings={settings.data} writable={writable} />
						<ModerationPanel settings={settings.data} writable={writable} />
					</>
				) : (
					<>
						<Panel title={t("organisation")}>
							<Skeleton lines={3} />
						</Panel>
						<Panel title={t("signIn")}>
							<Skeleton lines={6} />
						</Panel>
						<Panel title={t("moderation")}>
							<Skeleton lines={6} />
						</Panel>
					</>
				)}
				{can("cors:read") && <CorsPanel writable={can("cors:write")} />}
				<LimitsPanel />
				<Panel title={t("operators")} description={t("operatorsText")}>
					<DescriptionList
						items={[
							{ term: t("grounding"), value: t("groundingText") },
							{ term: t("deletion"), value: t("deletionText") },
							{ term: t("id"), value: <CopyId id={session.tenant.id} /> },
						]}
					/>
				</Panel>
			</Stack>
		</Page>
	);
}

function LimitsPanel() {
	const t = useTranslations("settings");
	const limits = useLimits();
	const most = (value: number | undefined) =>
		value === undefined ? (
			<Skeleton />
		) : value === 0 ? (
			<None>{t("ofPlan")}</None>
		) : (
			<Num value={value} />
		);
	return (
		<Panel title={t("limits")} description={t("limitsText")}>
			{limits.error ? (
				<ErrorPanel error={limits.error} onRetry={() => void limits.refetch()} />
			) : (
				<DescriptionList
					items={[
						{ term: t("requestsPerMinute"), value: most(limits.data?.requests_per_minute) },
						{ term: t("concurrency"), value: most(limits.data?.concurrency) },
					]}
				/>
			)}
		</Panel>
	);
}
