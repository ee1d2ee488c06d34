// SPDX-License-Identifier: Apache-2.0
// Files by dropping or choosing; the button is the whole of it for keyboards.
"use client";
import { Upload } from "lucide-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";
import styles from "./drop-zone.module.css";

interface DropZoneProps {
	label: ReactNode;
	hint?: ReactNode;
	accept?: string;
	multiple?: boolean;
	disabled?: boolean;
	onFiles: (files: File[]) => void;
}

export function DropZone({ label, hint, accept, multiple, disabled, onFiles }: DropZoneProps) {
	const t = useTranslations("ui");
	const input = useRef<HTMLInputElement>(null);
	const [over, setOver] = useState(false);
	const take = (list: FileList | null) => {
		const files = [...(list ?? [])];
		if (files.length > 0 && !disabled) onFiles(multiple ? files : files.slice(0, 1));
	};
	const drag = (on: boolean) => (event: DragEvent) => {
		event.preventDefault();
		setOver(on && !disabled);
	};
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition to the button inside
		<div
			className={styles.zone}
			data-over={over || undefined}
			onDragOver={drag(true)}
			onDragLeave={drag(false)}
			onDrop={(event) => {
				drag(false)(event);
				take(event.dataTransfer.files);
			}}
		>
			<Upload size={20} aria-hidden />
			<p className={styles.label}>{label}</p>
			{hint !== undefined && <p className={styles.hint}>{hint}</p>}
			<Button disabled={disabled} onClick={() => input.current?.click()}>
				{multiple ? t("chooseFiles") : t("chooseFile")}
			</Button>
			<input
				ref={input}
				type="file"
				hidden
				accept={accept}
				multiple={multiple}
				onChange={(event) => {
					take(event.target.files);
					event.target.value = "";
				}}
			/>
		</div>
	);
}
