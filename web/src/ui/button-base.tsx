// SPDX-License-Identifier: Apache-2.0
// The plain button; pages before a session use it without what the others need.
"use client";
import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import styles from "./button.module.css";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";

export interface Look {
	variant?: ButtonVariant;
	size?: "m" | "s";
	icon?: ReactNode;
}

export function look({ variant = "secondary", size = "m" }: Look, more?: string) {
	return [styles.button, styles[variant], size === "s" && styles.small, more]
		.filter(Boolean)
		.join(" ");
}

type ButtonProps = Look & ButtonHTMLAttributes<HTMLButtonElement> & { busy?: boolean };

/** Busy buttons stay focusable and tell so; they ignore clicks. */
export function Button({
	variant,
	size,
	icon,
	busy,
	children,
	onClick,
	type,
	className,
	...rest
}: ButtonProps) {
	return (
		<button
			{...rest}
			type={type ?? "button"}
			className={look({ variant, size }, className)}
			aria-busy={busy || undefined}
			aria-disabled={busy || undefined}
			onClick={busy ? (event) => event.preventDefault() : onClick}
		>
			{busy ? <LoaderCircle className={styles.spin} size={16} aria-hidden /> : icon}
			{children}
		</button>
	);
}
