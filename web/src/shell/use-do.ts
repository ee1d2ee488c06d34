// SPDX-License-Identifier: Apache-2.0
// A page's dialog that can be opened by an address: `?do=create`.
"use client";
import { useQueryState } from "@/api/url-state";

export function useDo(name: string): [boolean, (open: boolean) => void] {
	const [current, set] = useQueryState("do");
	return [current === name, (open) => set(open ? name : "")];
}
