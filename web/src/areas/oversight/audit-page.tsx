// SPDX-License-Identifier: Apache-2.0
// The audit log of all tenants.
"use client";
import { useTranslations } from "use-intl";
import { Page } from "@/ui/page";
import { AuditPanel } from "./audit-panel";

export function PlatformAuditPage() {
	const t = useTranslations("oversight");
	return (
		<Page title={t("audit")} description={t("auditText")}>
			<AuditPanel />
		</Page>
	);
}
