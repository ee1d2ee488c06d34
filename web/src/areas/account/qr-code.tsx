// SPDX-License-Identifier: Apache-2.0
// A QR code as one path; loaded when it is shown.
"use client";
import { use } from "react";
import styles from "./qr-code.module.css";

let encoder: Promise<typeof import("uqr")> | undefined;

/** Runs of dark modules, row by row, with a quiet zone of four. */
export function qrPath(rows: boolean[][]): string {
	return rows
		.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")))
		.join("");
}

export function QrCode({ text, label }: { text: string; label: string }) {
	encoder ??= import("uqr");
	const { data, size } = use(encoder).encode(text, { ecc: "M", border: 0 });
	return (
		<svg
			className={styles.code}
			viewBox={`0 0 ${size + 8} ${size + 8}`}
			role="img"
			aria-label={label}
		>
			<path d={qrPath(data)} />
		</svg>
	);
}
