// SPDX-License-Identifier: Apache-2.0
// A button that asks for a picture, and how far its way to the platform is.
"use client";
import { type ReactNode, useRef } from "react";
import { useTranslations } from "use-intl";
import { Progress } from "@/ui/bits";
import { Button } from "@/ui/button";
import { ErrorPanel } from "@/ui/notice";
import { Row } from "@/ui/page";
import type { useUpload } from "./use-upload";

/** What the platform reads; whatever is chosen, it goes by the content. */
const READ = "image/png,image/jpeg,image/webp,image/gif";

interface ChooseProps {
	label: ReactNode;
	icon?: ReactNode;
	size?: "m" | "s";
	disabled?: boolean;
	onFile: (file: File) => void;
}

export function ChoosePicture({ label, icon, size, disabled, onFile }: ChooseProps) {
	const input = useRef<HTMLInputElement>(null);
	return (
		<>
			<Button icon={icon} size={size} disabled={disabled} onClick={() => input.current?.click()}>
				{label}
			</Button>
			<input
				ref={input}
				type="file"
				hidden
				accept={READ}
				onChange={(event) => {
					const [file] = event.target.files ?? [];
					if (file) onFile(file);
					event.target.value = "";
				}}
			/>
		</>
	);
}

export function UploadState({ upload }: { upload: ReturnType<typeof useUpload> }) {
	const t = useTranslations("images");
	const ui = useTranslations("ui");
	const { uploading, error } = upload;
	if (error) return <ErrorPanel error={error} title={t("uploadFailed")} />;
	if (!uploading) return null;
	return (
		<div role="status">
			<Progress
				label={t(uploading.stalled ? "uploadStalled" : "uploading", { name: uploading.name })}
				value={uploading.share}
				max={1}
				tone={uploading.stalled ? "warn" : "accent"}
			/>
			<Row>
				<Button size="s" variant="quiet" onClick={upload.cancel}>
					{ui("cancel")}
				</Button>
			</Row>
		</div>
	);
}
