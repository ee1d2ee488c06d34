// SPDX-License-Identifier: Apache-2.0
// Why a file could not be sent, in a sentence.
"use client";
import { useTranslations } from "use-intl";
import { describe } from "@/api/errors";
import type { UploadItem } from "./uploads";

export function useTrouble(error: UploadItem["error"]): string | null {
	const t = useTranslations("documents");
	const errors = useTranslations("errors");
	if (error === null) return null;
	if (error === "empty" || error === "tooLarge") return t(`refused_${error}`);
	const { sentence } = describe(error);
	return sentence === null ? error.message : errors(sentence);
}
