// SPDX-License-Identifier: Apache-2.0
// What a list or a form asks of the API, as code to take along.
"use client";
import { Code } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { asCode, type CodeRequest } from "@/api/as-code";
import { Button } from "./button";
import { CodeBlock } from "./copy";
import { Dialog } from "./dialog";
import { Stack } from "./page";
import { Tabs } from "./tabs";

/** A quiet button; the dialog shows the request with exactly the filters of the page. */
export function CodeButton(request: CodeRequest) {
	const t = useTranslations("ui");
	const [open, setOpen] = useState(false);
	const [language, setLanguage] = useState("curl");
	return (
		<>
			<Button variant="quiet" icon={<Code size={16} />} onClick={() => setOpen(true)}>
				{t("code")}
			</Button>
			<Dialog wide open={open} onOpenChange={setOpen} title={t("codeTitle")}>
				<Stack>
					<p>{t("codeText")}</p>
					<Tabs
						label={t("codeTitle")}
						value={language}
						onChange={setLanguage}
						tabs={(open ? asCode(location.origin, request) : []).map((snippet) => ({
							value: snippet.id,
							label: snippet.label,
							content: <CodeBlock code={snippet.code} label={snippet.label} />,
						}))}
					/>
				</Stack>
			</Dialog>
		</>
	);
}
