// SPDX-License-Identifier: Apache-2.0
// A link inside the console: its page is fetched ahead on hover or focus, not because it is in view.
"use client";
import NextLink from "next/link";
import { useRouter } from "next/navigation";
import type { AnchorHTMLAttributes, Ref } from "react";

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & {
	href: string;
	replace?: boolean;
	ref?: Ref<HTMLAnchorElement>;
};

export function Link({ href, onPointerEnter, onFocus, ...rest }: LinkProps) {
	const router = useRouter();
	return (
		<NextLink
			{...rest}
			href={href}
			prefetch={false}
			onPointerEnter={(event) => {
				router.prefetch(href);
				onPointerEnter?.(event);
			}}
			onFocus={(event) => {
				router.prefetch(href);
				onFocus?.(event);
			}}
		/>
	);
}
