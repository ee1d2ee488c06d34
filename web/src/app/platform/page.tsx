"use client";
import { useTranslations } from "use-intl";
import { Page } from "@/ui/page";

export default function PlatformOverview() {
	const t = useTranslations("shell");
	return <Page title={t("platform")}>{null}</Page>;
}
