// SPDX-License-Identifier: Apache-2.0
// What a list or a form asks of the API, as code to take along.
"use client";
import { type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import type { Snippet, SnippetsOf } from "@/api/snippets";
import { CodeBlock } from "./copy";
import { Dialog } from "./dialog";
import { Tabs } from "./tabs";

/** A tab for each language. */
export function Snippets({ label, snippets }: { label: string; snippets: Snippet[] }) {
	const [language, setLanguage] = useState("curl");
	return (
		<Tabs
			label={label}
			value={language}
			onChange={setLanguage}
			tabs={snippets.map((snippet) => ({
				value: snippet.id,
				label: snippet.label,
				content: <CodeBlock code={snippet.code} label={snippet.label} />,
			}))}
		/>
	);
}

interface CodeDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	snippets: SnippetsOf;
	/** Instead of "What this page does". */
	description?: ReactNode;
}

export function CodeDialog({ open, onOpenChange, snippets, description }: CodeDialogProps) {
	const t = useTranslations("ui");
	return (
		<Dialog
			wide
			open={open}
			onOpenChange={onOpenChange}
			title={t("codeTitle")}
			description={description ?? t("codeText")}
		>
			{open && <Snippets label={t("codeTitle")} snippets={snippets(location.origin)} />}
		</Dialog>
	);
}
