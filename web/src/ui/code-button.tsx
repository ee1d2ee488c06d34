// SPDX-License-Identifier: Apache-2.0
// A button for what a list or a form asks of the API; the dialog with the code is fetched when it first opens.
"use client";
import { Code } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { asCode, type CodeRequest, type SnippetsOf } from "@/api/snippets";
import { Button } from "./button-base";
import { lazyDialog } from "./lazy-dialog";

export const CodeDialog = lazyDialog(
	() => import("./code-dialog").then((module) => module.CodeDialog),
	(props) => props.open,
);

/** A quiet button; the dialog shows the request with exactly the filters of the page, or the page's own snippets. */
export function CodeButton(props: CodeRequest | { snippets: SnippetsOf }) {
	const t = useTranslations("ui");
	const [open, setOpen] = useState(false);
	return (
		<>
			<Button variant="quiet" icon={<Code size={16} />} onClick={() => setOpen(true)}>
				{t("code")}
			</Button>
			<CodeDialog
				open={open}
				onOpenChange={setOpen}
				snippets={"snippets" in props ? props.snippets : (origin) => asCode(origin, props)}
			/>
		</>
	);
}
