// SPDX-License-Identifier: Apache-2.0
// Buttons: one primary per view; the destructive one is never the primary of a page.
"use client";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import styles from "./button.module.css";
import { type Look, look } from "./button-base";
import { Link } from "./link";
import { Tooltip } from "./tooltip";

export { Button } from "./button-base";

type LinkButtonProps = Look & { href: string; children: ReactNode; download?: string };

export function LinkButton({ variant, size, icon, href, children, download }: LinkButtonProps) {
	if (download !== undefined || /^(\/api\/|\/v1\/|https?:)/.test(href)) {
		return (
			<a className={look({ variant, size })} href={href} download={download}>
				{icon}
				{children}
			</a>
		);
	}
	return (
		<Link className={look({ variant, size })} href={href}>
			{icon}
			{children}
		</Link>
	);
}

type IconButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children"> & {
	/** What it does; read out, and shown as its tooltip. */
	label: string;
	icon: ReactNode;
	size?: "m" | "s";
};

export function IconButton({ label, icon, size = "m", type, className, ...rest }: IconButtonProps) {
	return (
		<Tooltip text={label}>
			<button
				{...rest}
				type={type ?? "button"}
				aria-label={label}
				className={[
					styles.button,
					styles.quiet,
					styles.icon,
					size === "s" && styles.small,
					className,
				]
					.filter(Boolean)
					.join(" ")}
			>
				{icon}
			</button>
		</Tooltip>
	);
}
