// SPDX-License-Identifier: Apache-2.0
// A new password for a forgotten one.
"use client";
import { useTranslations } from "use-intl";
import { SetPassword } from "./set-password";

export function Reset() {
	const t = useTranslations("entry");
	return <SetPassword title={t("resetTitle")} text={t("resetText")} />;
}
