// SPDX-License-Identifier: Apache-2.0
// A link to this page with other parameters: one more thing open, a narrower list.
"use client";
import { usePathname, useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { Link } from "./link";

interface StateLinkProps {
	/** Everything else of the address stays. */
	to: Record<string, string>;
	/** Where the text alone does not say what the link does. */
	"aria-label"?: string;
	children: ReactNode;
}

/** Replaces the entry in the history, as every change of the page's state does. */
export function StateLink({ to, children, ...rest }: StateLinkProps) {
	const path = usePathname();
	const search = new URLSearchParams(useSearchParams());
	for (const [name, value] of Object.entries(to)) search.set(name, value);
	return (
		<Link {...rest} href={`${path}?${search}`} replace>
			{children}
		</Link>
	);
}
