// SPDX-License-Identifier: Apache-2.0
// Plan, credits, invoices and the one who is billed.
"use client";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { Callout } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { Credits } from "./credits";
import { Invoices } from "./invoices";
import { PlanTab } from "./plan-tab";
import { ProfilePanel } from "./profile-panel";

const PATHS: Record<string, string> = {
	plan: "/api/billing/subscription",
	invoices: "/api/billing/invoices",
	credits: "/api/billing/credits",
	profile: "/api/billing/profile",
};

export function BillingPage() {
	const t = useTranslations("billing");
	const { can } = useSession();
	const [tabText, setTab] = useQueryState("tab", "plan");
	const [paid, setPaid] = useQueryState("paid");
	const tab = tabText in PATHS ? tabText : "plan";
	if (!can("billing:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	const writable = can("billing:write");
	return (
		<Page
			title={t("title")}
			description={writable ? t("description") : t("descriptionRead")}
			actions={<CodeButton path={PATHS[tab] ?? ""} />}
		>
			{paid === "1" && (
				<Callout
					title={t("returned")}
					actions={
						<Button size="s" onClick={() => setPaid("")}>
							{t("understood")}
						</Button>
					}
				>
					{t("returnedText")}
				</Callout>
			)}
			<Tabs
				label={t("title")}
				value={tab}
				onChange={setTab}
				tabs={[
					{ value: "plan", label: t("plan"), content: <PlanTab writable={writable} /> },
					{ value: "invoices", label: t("invoices"), content: <Invoices /> },
					{ value: "credits", label: t("credits"), content: <Credits writable={writable} /> },
					{
						value: "profile",
						label: t("profile"),
						content: <ProfilePanel writable={writable} />,
					},
				]}
			/>
		</Page>
	);
}
