"use client";
import { useTranslations } from "use-intl";
import { PageList } from "@/shell/page-list";
import { Page } from "@/ui/page";

export default function PlatformOverview() {
	const t = useTranslations("shell");
	return (
		<Page title={t("platform")} description={t("platformText")}>
			<PageList portal="platform" />
		</Page>
	);
}
