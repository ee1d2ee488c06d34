// SPDX-License-Identifier: Apache-2.0
// The name under which what is shown is kept.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { useSaveView } from "./view-queries";

interface ViewDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	page: string;
	query: string;
}

export function ViewDialog({ open, onOpenChange, page, query }: ViewDialogProps) {
	const t = useTranslations("shell");
	const ui = useTranslations("ui");
	const toast = useToast();
	const save = useSaveView();
	const [name, setName] = useState("");
	const reset = save.reset;
	useEffect(() => {
		if (!open) return;
		setName("");
		reset();
	}, [open, reset]);
	const trimmed = name.trim();
	return (
		<FormDialog
			open={open}
			onOpenChange={onOpenChange}
			title={t("viewSaveTitle")}
			description={t("viewSaveText")}
			submit={ui("save")}
			busy={save.isPending}
			disabled={trimmed === ""}
			onSubmit={() =>
				save.mutate(
					{ page, query, name: trimmed },
					{
						onSuccess: () => {
							onOpenChange(false);
							toast(t("viewSaved", { name: trimmed }));
						},
					},
				)
			}
		>
			<Stack>
				{save.error && <ErrorPanel error={save.error} />}
				<TextField
					label={t("viewName")}
					value={name}
					maxLength={60}
					autoComplete="off"
					onChange={(event) => setName(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}
