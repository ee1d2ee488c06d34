// SPDX-License-Identifier: Apache-2.0
// The chart, loaded when the first one is shown: pages without data do not pay for it.
"use client";
import dynamic from "next/dynamic";
import { Skeleton } from "./bits";

export const Chart = dynamic(() => import("./chart").then((module) => module.Chart), {
	ssr: false,
	loading: () => <Skeleton block />,
});
