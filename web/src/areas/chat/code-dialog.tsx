// SPDX-License-Identifier: Apache-2.0
// The chat's request as code.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { CodeBlock } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Tabs } from "@/ui/tabs";
import type { Settings } from "./settings";
import { snippets } from "./snippets";

interface CodeDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	settings: Settings;
	question: string;
}

export function CodeDialog({ open, onOpenChange, settings, question }: CodeDialogProps) {
	const t = useTranslations("chat");
	const [language, setLanguage] = useState("curl");
	return (
		<Dialog
			wide
			open={open}
			onOpenChange={onOpenChange}
			title={t("asCode")}
			description={t("asCodeText")}
		>
			{open && (
				<Tabs
					label={t("asCode")}
					value={language}
					onChange={setLanguage}
					tabs={snippets(location.origin, settings, question).map((snippet) => ({
						value: snippet.id,
						label: snippet.label,
						content: <CodeBlock code={snippet.code} label={snippet.label} />,
					}))}
				/>
			)}
		</Dialog>
	);
}
