// SPDX-License-Identifier: Apache-2.0
// Gives the reader a file that lies in the page's memory.

const KEPT_MS = 10_000;

export function save(blob: Blob, name: string): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
