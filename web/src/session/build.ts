// SPDX-License-Identifier: Apache-2.0
// Whether the platform was upgraded since this tab was loaded.
"use client";
import { useEffect, useState } from "react";

const OWN = process.env.NEXT_PUBLIC_BUILD_ID;
const AT_MOST_EVERY_MS = 60_000;

async function isNewer(): Promise<boolean> {
	const response = await fetch("/build.json", { cache: "no-store" });
	if (!response.ok) return false;
	const { id } = (await response.json()) as { id?: unknown };
	return typeof id === "string" && id !== OWN;
}

/** Asked when the tab is looked at again, and when a file of this build is gone. */
export function useUpgraded(): boolean {
	const [upgraded, setUpgraded] = useState(false);
	useEffect(() => {
		if (OWN === "development") return;
		let asked = 0;
		const ask = (sure: boolean) => {
			if (!sure && Date.now() - asked < AT_MOST_EVERY_MS) return;
			asked = Date.now();
			// Out of reach is not upgraded; the next look asks again.
			isNewer().then(
				(newer) => newer && setUpgraded(true),
				() => undefined,
			);
		};
		const look = () => document.visibilityState === "visible" && ask(false);
		const failed = (event: PromiseRejectionEvent) =>
			/ChunkLoadError|dynamically imported module/.test(String(event.reason)) && ask(true);
		document.addEventListener("visibilitychange", look);
		addEventListener("focus", look);
		addEventListener("unhandledrejection", failed);
		return () => {
			document.removeEventListener("visibilitychange", look);
			removeEventListener("focus", look);
			removeEventListener("unhandledrejection", failed);
		};
	}, []);
	return upgraded;
}
