// SPDX-License-Identifier: Apache-2.0
// Models that the platform offers to all tenants.
"use client";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Page } from "@/ui/page";
import { ModelsPanel } from "./models-panel";

export function UpstreamsPage() {
	const t = useTranslations("upstreams");
	const { session } = useSession();
	return (
		<Page title={t("pageTitle")} description={t("pageText")}>
			<ModelsPanel tenant={session.tenant.id} />
		</Page>
	);
}
