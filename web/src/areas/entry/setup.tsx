// SPDX-License-Identifier: Apache-2.0
// The first administrator's password.
"use client";
import { useTranslations } from "use-intl";
import { SetPassword } from "./set-password";

export function Setup() {
	const t = useTranslations("entry");
	return <SetPassword title={t("setupTitle")} text={t("setupText")} />;
}
