// SPDX-License-Identifier: Apache-2.0
// A store from an archive that was exported, here or elsewhere.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { Progress } from "@/ui/bits";
import { FormDialog } from "@/ui/dialog";
import { DropZone } from "@/ui/drop-zone";
import { TextField } from "@/ui/field";
import { Bytes } from "@/ui/format";
import { ErrorPanel } from "@/ui/notice";
import { Muted, Stack } from "@/ui/page";
import { storeAddress } from "./address";
import { useCreateStore } from "./queries";
import { sendFile } from "./upload";

export function ImportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
	const t = useTranslations("documents");
	const router = useRouter();
	const create = useCreateStore();
	const [file, setFile] = useState<File | null>(null);
	const [name, setName] = useState("");
	const [sent, setSent] = useState<number | null>(null);
	const [error, setError] = useState<unknown>(null);
	const control = useRef<AbortController | null>(null);
	useEffect(() => {
		if (open) return;
		control.current?.abort();
		setFile(null);
		setName("");
		setSent(null);
		setError(null);
	}, [open]);
	const submit = async () => {
		if (!file) return;
		const own = new AbortController();
		control.current = own;
		setError(null);
		setSent(0);
		try {
			const id = await sendFile(file, {
				signal: own.signal,
				onProgress: setSent,
				onStalled: () => undefined,
			});
			const store = await create.mutateAsync({
				...(name.trim() === "" ? {} : { name: name.trim() }),
				bulkhead: { import_file_id: id },
			});
			router.push(storeAddress(store.id));
		} catch (failure) {
			if (own.signal.aborted) return;
			setError(failure);
			setSent(null);
		}
	};
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("importTitle")}
			description={t("importText")}
			submit={t("import")}
			busy={sent !== null}
			disabled={file === null}
			onSubmit={() => void submit()}
		>
			<Stack>
				{error !== null && <ErrorPanel error={error} />}
				{file ? (
					<p>
						{file.name}{" "}
						<Muted>
							<Bytes value={file.size} />
						</Muted>
					</p>
				) : (
					<DropZone
						label={t("importDrop")}
						hint={t("importHint")}
						accept=".tar"
						onFiles={(files) => setFile(files[0] ?? null)}
					/>
				)}
				{sent !== null && file && <Progress label={t("sending")} value={sent} max={file.size} />}
				<TextField
					label={t("name")}
					hint={t("importNameHint")}
					optional
					maxLength={256}
					value={name}
					onChange={(event) => setName(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}
