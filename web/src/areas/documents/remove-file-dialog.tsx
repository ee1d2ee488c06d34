// SPDX-License-Identifier: Apache-2.0
// Takes a file out of a store, or away altogether; the receipt says what went.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { RadioGroup } from "@/ui/choice";
import { ConfirmDialog } from "@/ui/dialog";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { type Receipt, type StoreFile, useRemoveFile } from "./queries";

interface RemoveFileDialogProps {
	store: string;
	file: StoreFile | null;
	onClose: () => void;
	onRemoved: (receipt: Receipt) => void;
}

export function RemoveFileDialog({ store, file, onClose, onRemoved }: RemoveFileDialogProps) {
	const t = useTranslations("documents");
	const { can } = useSession();
	const remove = useRemoveFile(store);
	const [from, setFrom] = useState<"store" | "everywhere">("store");
	const { reset } = remove;
	useEffect(() => {
		if (!file) return;
		setFrom("store");
		reset();
	}, [file, reset]);
	return (
		<ConfirmDialog
			open={file !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("removeTitle")}
			description={<bdi>{file?.bulkhead.filename}</bdi>}
			action={from === "store" ? t("remove") : t("delete")}
			busy={remove.isPending}
			onConfirm={() =>
				file &&
				remove.mutate(
					{ file: file.id, everywhere: from === "everywhere" },
					{
						onSuccess: (gone) => {
							onClose();
							onRemoved(gone.bulkhead.receipt);
						},
					},
				)
			}
		>
			<Stack>
				{remove.error && <ErrorPanel error={remove.error} />}
				<RadioGroup
					label={t("removeWhat")}
					value={from}
					onChange={setFrom}
					options={[
						{ value: "store", label: t("removeFromStore"), hint: t("removeFromStoreHint") },
						...(can("files:write")
							? [
									{
										value: "everywhere" as const,
										label: t("removeEverywhere"),
										hint: t("removeEverywhereHint"),
									},
								]
							: []),
					]}
				/>
			</Stack>
		</ConfirmDialog>
	);
}
