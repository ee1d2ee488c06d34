// SPDX-License-Identifier: Apache-2.0
// The theme: light, dark or the system's. public/theme.js applies it before the first paint and on this event.

export type Theme = "light" | "dark" | "system";

const KEPT = "bulkhead.theme";

export function currentTheme(): Theme {
	try {
		const kept = localStorage.getItem(KEPT);
		return kept === "light" || kept === "dark" ? kept : "system";
	} catch {
		return "system";
	}
}

/** Whether light or dark was chosen in this browser. */
export function hasChosenTheme(): boolean {
	return currentTheme() !== "system";
}

export function setTheme(theme: Theme) {
	try {
		if (theme === "system") localStorage.removeItem(KEPT);
		else localStorage.setItem(KEPT, theme);
	} catch {
		// Without storage the system's theme stays.
	}
	dispatchEvent(new Event("bulkhead:theme"));
}
