// SPDX-License-Identifier: Apache-2.0
// The chosen theme as state, in step with other tabs.
"use client";
import { useEffect, useState } from "react";
import { currentTheme, type Theme } from "@/session/theme";

export function useThemeChoice(): [Theme, (theme: Theme) => void] {
	const [theme, setChoice] = useState<Theme>("system");
	useEffect(() => {
		const read = () => setChoice(currentTheme());
		read();
		addEventListener("storage", read);
		addEventListener("bulkhead:theme", read);
		return () => {
			removeEventListener("storage", read);
			removeEventListener("bulkhead:theme", read);
		};
	}, []);
	return [theme, setChoice];
}
