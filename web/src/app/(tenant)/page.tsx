"use client";
import { useTranslations } from "use-intl";
import { Page } from "@/ui/page";

export default function Overview() {
	const t = useTranslations("shell");
	return <Page title={t("overview")}>{null}</Page>;
}
