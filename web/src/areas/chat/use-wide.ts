// SPDX-License-Identifier: Apache-2.0
// Whether there is room for a column, where what is shown differs by it and not its style alone.
"use client";
import { useSyncExternalStore } from "react";

export function useWide(query: string): boolean {
	return useSyncExternalStore(
		(listener) => {
			const media = matchMedia(query);
			media.addEventListener("change", listener);
			return () => media.removeEventListener("change", listener);
		},
		() => matchMedia(query).matches,
		() => false,
	);
}
