// SPDX-License-Identifier: Apache-2.0
// The platform's time for a component, which follows it.
"use client";
import { useNow } from "use-intl";
import { serverAheadMs } from "./server-clock";

export function useServerNow(updateInterval: number): Date {
	return new Date(useNow({ updateInterval }).getTime() + serverAheadMs());
}
