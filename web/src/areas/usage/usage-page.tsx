// SPDX-License-Identifier: Apache-2.0
// Usage and costs, acts, budgets and notices of an organisation, or one's own usage.
"use client";
import dynamic from "next/dynamic";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { SavedViews } from "@/shell/saved-views";
import { Skeleton } from "@/ui/bits";
import { Callout } from "@/ui/notice";
import { Page } from "@/ui/page";
import { type Tab, Tabs } from "@/ui/tabs";
import { Overview } from "./overview";
import { useUsageState } from "./state";
import { UsageActions } from "./toolbar";

// Each is fetched when its tab is opened.
const Waiting = () => <Skeleton lines={6} />;
const Events = dynamic(() => import("./events").then((module) => module.Events), {
	ssr: false,
	loading: Waiting,
});
const Budgets = dynamic(() => import("./budgets").then((module) => module.Budgets), {
	ssr: false,
	loading: Waiting,
});
const Notices = dynamic(() => import("./notices").then((module) => module.Notices), {
	ssr: false,
	loading: Waiting,
});

export function UsagePage() {
	const t = useTranslations("usage");
	const { can } = useSession();
	const [tab, setTab] = useQueryState("tab", "overview");
	const state = useUsageState();
	if (!can("usage:own") && !can("usage:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	const tabs: Tab[] = [
		{ value: "overview", label: t("overview"), content: <Overview state={state} /> },
		{ value: "events", label: t("events"), content: <Events state={state} /> },
	];
	if (can("budgets:read"))
		tabs.push({ value: "budgets", label: t("budgets"), content: <Budgets /> });
	if (can("notices:read"))
		tabs.push({ value: "notices", label: t("notices"), content: <Notices /> });
	const current = tabs.some((each) => each.value === tab) ? tab : "overview";
	return (
		<Page
			title={t("title")}
			description={state.own ? t("descriptionOwn") : t("description")}
			actions={
				<>
					<SavedViews />
					<UsageActions tab={current} state={state} />
				</>
			}
		>
			<Tabs label={t("title")} value={current} onChange={setTab} tabs={tabs} />
		</Page>
	);
}
