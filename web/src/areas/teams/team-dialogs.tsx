// SPDX-License-Identifier: Apache-2.0
// A team's name, and its end.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Team, useArchiveTeam, useSaveTeam } from "./queries";

interface TeamDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	/** Null: a new one. */
	team: Team | null;
}

export function TeamDialog({ open, onOpenChange, team }: TeamDialogProps) {
	const t = useTranslations("teams");
	const toast = useToast();
	const save = useSaveTeam();
	const [name, setName] = useState("");
	const reset = save.reset;
	useEffect(() => {
		if (!open) return;
		setName(team?.name ?? "");
		reset();
	}, [open, team, reset]);
	const trimmed = name.trim();
	return (
		<FormDialog
			open={open}
			onOpenChange={onOpenChange}
			title={team ? t("renameTitle") : t("createTitle")}
			submit={team ? t("rename") : t("create")}
			busy={save.isPending}
			disabled={trimmed === "" || trimmed === team?.name}
			onSubmit={() =>
				save.mutate(
					{ id: team?.id ?? null, name: trimmed },
					{
						onSuccess: () => {
							onOpenChange(false);
							toast(t("savedToast", { name: trimmed }));
						},
					},
				)
			}
		>
			<Stack>
				{save.error && <ErrorPanel error={save.error} />}
				<TextField
					label={t("name")}
					hint={t("nameHint")}
					value={name}
					maxLength={128}
					autoComplete="off"
					onChange={(event) => setName(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}

export function ArchiveDialog({ open, onOpenChange, team }: TeamDialogProps & { team: Team }) {
	const t = useTranslations("teams");
	const toast = useToast();
	const archive = useArchiveTeam();
	return (
		<ConfirmDialog
			open={open}
			onOpenChange={onOpenChange}
			title={t("archiveTitle")}
			description={t("archiveText")}
			action={t("archive")}
			name={team.name}
			busy={archive.isPending}
			onConfirm={() =>
				archive.mutate(team.id, {
					onSuccess: () => {
						onOpenChange(false);
						toast(t("archivedToast", { name: team.name }));
					},
				})
			}
		>
			{archive.error && <ErrorPanel error={archive.error} />}
		</ConfirmDialog>
	);
}
