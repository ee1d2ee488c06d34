// SPDX-License-Identifier: Apache-2.0
// One's own account: profile, password, second factor, sessions.
"use client";
import { useTranslations } from "use-intl";
import { Page } from "@/ui/page";
import { PasswordPanel } from "./password-panel";
import { LookPanel, ProfilePanel } from "./profile-panel";
import { SessionsPanel } from "./sessions-panel";
import { TotpPanel } from "./totp-panel";

export function AccountPage() {
	const t = useTranslations("account");
	return (
		<Page title={t("title")} description={t("description")} width="form">
			<ProfilePanel />
			<LookPanel />
			<PasswordPanel />
			<TotpPanel />
			<SessionsPanel />
		</Page>
	);
}
