// SPDX-License-Identifier: Apache-2.0
// Leaving the console while files are being sent is asked about.
import { useEffect } from "react";

export function useLeaveWarning(busy: boolean) {
	useEffect(() => {
		if (!busy) return;
		const warn = (event: BeforeUnloadEvent) => event.preventDefault();
		window.addEventListener("beforeunload", warn);
		return () => window.removeEventListener("beforeunload", warn);
	}, [busy]);
}
