// SPDX-License-Identifier: Apache-2.0
// Kinds of acts in words.
"use client";
import { useTranslations } from "use-intl";

const KINDS = [
	"chat",
	"embedding",
	"rerank",
	"image",
	"speech",
	"transcription",
	"search",
	"page",
	"storage",
	"training",
	"run",
	"moderation",
] as const;

export function useKindName(): (kind: string) => string {
	const t = useTranslations("usage");
	return (kind) => {
		const known = KINDS.find((each) => each === kind);
		return known ? t(`kind_${known}`) : kind;
	};
}
