// SPDX-License-Identifier: Apache-2.0
// The URL is the state: filters, tabs and ids live in the query, so that a link shows what its sender saw.
"use client";
import { usePathname, useRouter, useSearchParams } from "next/navigation";

/** What was asked for in this turn and is not in the address yet: several changes in a row add up. */
let asked: { path: string; query: string } | null = null;

function currentQuery(path: string): URLSearchParams {
	return new URLSearchParams(asked?.path === path ? asked.query : window.location.search);
}

function ask(path: string, query: string): string {
	asked = { path, query };
	setTimeout(() => {
		asked = null;
	});
	return query === "" ? path : `${path}?${query}`;
}

/** One parameter of the query; absent means `preset`. Changes replace the entry in the history. */
export function useQueryState(name: string, preset = ""): [string, (value: string) => void] {
	const router = useRouter();
	const path = usePathname();
	const search = useSearchParams();
	const set = (value: string) => {
		const next = currentQuery(path);
		if (value === preset) next.delete(name);
		else next.set(name, value);
		router.replace(ask(path, next.toString()), { scroll: false });
	};
	return [search.get(name) ?? preset, set];
}

/** Several parameters at once; an empty one is taken out. */
export function useSetQuery(): (values: Record<string, string>) => void {
	const router = useRouter();
	const path = usePathname();
	return (values) => {
		const next = currentQuery(path);
		for (const [name, value] of Object.entries(values)) {
			if (value === "") next.delete(name);
			else next.set(name, value);
		}
		router.replace(ask(path, next.toString()), { scroll: false });
	};
}
