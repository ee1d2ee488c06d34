// SPDX-License-Identifier: Apache-2.0
// A file to train on: one that is there, or one that is sent now.
"use client";
import { Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { type ApiError, toApiError } from "@/api/errors";
import { sendFile } from "@/areas/documents/upload";
import { useSession } from "@/session/session";
import { Progress } from "@/ui/bits";
import { Button } from "@/ui/button";
import { ErrorPanel } from "@/ui/notice";
import { Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { type DataFile, useRenewFiles } from "./queries";

interface DataFileFieldProps {
	label: string;
	hint: string;
	/** What it means that none is chosen. */
	none: string;
	value: string;
	files: DataFile[] | undefined;
	onChange: (id: string) => void;
}

export function DataFileField({ label, hint, none, value, files, onChange }: DataFileFieldProps) {
	const t = useTranslations("finetune");
	const ui = useTranslations("ui");
	const { can } = useSession();
	const input = useRef<HTMLInputElement>(null);
	const { sending, error, send, cancel } = useSending(onChange);
	return (
		<Stack gap={2}>
			<Select
				label={label}
				hint={hint}
				value={value}
				onChange={onChange}
				options={[
					{ value: "", label: none },
					...(files ?? []).map(({ id, filename }) => ({ value: id, label: filename, hint: id })),
				]}
			/>
			{can("files:write") && (
				<Row>
					<Button
						size="s"
						icon={<Upload size={14} />}
						disabled={sending !== null}
						onClick={() => input.current?.click()}
					>
						{t("uploadFor", { name: label })}
					</Button>
					<input
						ref={input}
						type="file"
						hidden
						accept=".jsonl,application/jsonl"
						onChange={(event) => {
							const [file] = event.target.files ?? [];
							if (file) void send(file);
							event.target.value = "";
						}}
					/>
				</Row>
			)}
			{sending !== null && (
				<div role="status">
					<Progress label={t("uploading", { name: sending.name })} value={sending.share} max={1} />
					<Button size="s" variant="quiet" onClick={cancel}>
						{ui("cancel")}
					</Button>
				</div>
			)}
			{error && <ErrorPanel error={error} title={t("uploadFailed")} />}
		</Stack>
	);
}

function useSending(onSent: (id: string) => void) {
	const renew = useRenewFiles();
	const [sending, setSending] = useState<{ name: string; share: number } | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const control = useRef<AbortController | null>(null);
	useEffect(() => () => control.current?.abort(), []);
	const send = async (file: File) => {
		const own = new AbortController();
		control.current = own;
		setError(null);
		setSending({ name: file.name, share: 0 });
		try {
			const id = await sendFile(file, {
				signal: own.signal,
				purpose: "fine-tune",
				onProgress: (sent) =>
					setSending((now) => now && { ...now, share: sent / Math.max(1, file.size) }),
				onStalled: () => undefined,
			});
			await renew();
			onSent(id);
		} catch (failure) {
			if (!own.signal.aborted) setError(toApiError(failure));
		} finally {
			setSending(null);
		}
	};
	return { sending, error, send, cancel: () => control.current?.abort() };
}
