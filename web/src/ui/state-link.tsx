// SPDX-License-Identifier: Apache-2.0
// A link to this page with one more thing open: what a row's name is, where the row opens a drawer.
"use client";
import { usePathname, useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { Link } from "./link";

/** Sets a parameter of the query; everything else of the address stays. */
export function StateLink({
	name,
	value,
	children,
}: {
	name: string;
	value: string;
	children: ReactNode;
}) {
	const path = usePathname();
	const search = new URLSearchParams(useSearchParams());
	search.set(name, value);
	return (
		<Link href={`${path}?${search}`} replace>
			{children}
		</Link>
	);
}
