// Buttons: one primary per view; the destructive one is never the primary of a page.
"use client";
import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import styles from "./button.module.css";
import { Link } from "./link";
import { Tooltip } from "./tooltip";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";

interface Look {
	variant?: ButtonVariant;
	size?: "m" | "s";
	icon?: ReactNode;
}

function look({ variant = "secondary", size = "m" }: Look, more?: string) {
	return [styles.button, styles[variant], size === "s" && styles.small, more]
		.filter(Boolean)
		.join(" ");
}

type ButtonProps = Look & ButtonHTMLAttributes<HTMLButtonElement> & { busy?: boolean };

/** Busy buttons stay focusable and tell so; they ignore clicks. */
export function Button({ variant, size, icon, busy, children, onClick, type, className, ...rest }: ButtonProps) {
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
				className={[styles.button, styles.quiet, styles.icon, size === "s" && styles.small, className]
					.filter(Boolean)
					.join(" ")}
			>
				{icon}
			</button>
		</Tooltip>
	);
}
