// SPDX-License-Identifier: Apache-2.0
// What the page does, as a program would: folded away until somebody wants it.
"use client";
import { Code } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Row } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import type { Snippet } from "./snippets";

export function ApiSnippets({ snippets }: { snippets: Snippet[] }) {
	const t = useTranslations("documents");
	const [open, setOpen] = useState(false);
	const [shown, setShown] = useState("curl");
	return (
		<Row>
			<Button size="s" variant="quiet" icon={<Code size={14} />} onClick={() => setOpen(true)}>
				{t("asCode")}
			</Button>
			<Dialog
				wide
				open={open}
				onOpenChange={setOpen}
				title={t("asCode")}
				description={t("asCodeText")}
			>
				<Tabs
					label={t("asCode")}
					value={shown}
					onChange={setShown}
					tabs={snippets.map((snippet) => ({
						value: snippet.id,
						label: snippet.label,
						content: <CodeBlock code={snippet.code} label={snippet.label} />,
					}))}
				/>
			</Dialog>
		</Row>
	);
}
