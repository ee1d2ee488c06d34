// SPDX-License-Identifier: Apache-2.0
// What the reader should know: callouts, banners, errors, and places where nothing is yet.
"use client";
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { type ApiError, describe, toApiError } from "@/api/errors";
import { Button } from "./button";
import { CopyId } from "./copy";
import styles from "./notice.module.css";

type NoticeTone = "info" | "good" | "warn" | "bad";

const MARKS = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

interface CalloutProps {
	tone?: NoticeTone;
	title?: ReactNode;
	children?: ReactNode;
	actions?: ReactNode;
}

/** Beside the content it is about. */
export function Callout({ tone = "info", title, children, actions }: CalloutProps) {
	const Mark = MARKS[tone];
	return (
		<div className={styles.callout} data-tone={tone} role={tone === "bad" ? "alert" : undefined}>
			<Mark size={16} aria-hidden />
			<div className={styles.text}>
				{title !== undefined && <p className={styles.title}>{title}</p>}
				{children !== undefined && <div className={styles.content}>{children}</div>}
				{actions !== undefined && <div className={styles.actions}>{actions}</div>}
			</div>
		</div>
	);
}

/** Across the whole window, for a state of everything: impersonation, an upgrade. */
export function Banner({ tone = "info", children, actions }: Omit<CalloutProps, "title">) {
	const Mark = MARKS[tone];
	return (
		<div className={styles.banner} data-tone={tone} role="status">
			<Mark size={16} aria-hidden />
			<div className={styles.bannerText}>{children}</div>
			{actions}
		</div>
	);
}

/** What went wrong, what to do now, and the id under which the logs know it. */
export function ErrorPanel({
	error,
	onRetry,
	title,
}: {
	error: unknown;
	onRetry?: () => void;
	title?: ReactNode;
}) {
	const t = useTranslations("errors");
	const known = toApiError(error);
	const { sentence, advice } = describe(known);
	return (
		<div className={styles.callout} data-tone="bad" role="alert">
			<CircleAlert size={16} aria-hidden />
			<div className={styles.text}>
				<p className={styles.title}>{title ?? (sentence === null ? known.message : t(sentence))}</p>
				<div className={styles.content}>
					{title !== undefined && <p>{sentence === null ? known.message : t(sentence)}</p>}
					{advice !== null && <p>{t(advice)}</p>}
					{known.limit !== undefined && <p>{t("limit", { name: known.limit })}</p>}
				</div>
				<div className={styles.actions}>
					{onRetry && <Retry error={known} onRetry={onRetry} />}
					{known.requestId !== undefined && (
						<span className={styles.request}>
							{t("requestId")} <CopyId id={known.requestId} label={t("copyRequestId")} />
						</span>
					)}
				</div>
			</div>
		</div>
	);
}

/** Counts down what the server asked to wait. */
function Retry({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
	const t = useTranslations("errors");
	const [left, setLeft] = useState(error.retryAfterS ?? 0);
	useEffect(() => setLeft(error.retryAfterS ?? 0), [error]);
	useEffect(() => {
		if (left <= 0) return;
		const timer = setTimeout(() => setLeft(left - 1), 1000);
		return () => clearTimeout(timer);
	}, [left]);
	return (
		<Button size="s" onClick={onRetry} disabled={left > 0}>
			{left > 0 ? t("retryIn", { seconds: left }) : t("retry")}
		</Button>
	);
}

interface EmptyProps {
	title: ReactNode;
	/** What would be here, and why one would want it. */
	children?: ReactNode;
	/** The first thing to do. */
	action?: ReactNode;
}

export function Empty({ title, children, action }: EmptyProps) {
	return (
		<div className={styles.empty}>
			<p className={styles.emptyTitle}>{title}</p>
			{children !== undefined && <div className={styles.emptyText}>{children}</div>}
			{action !== undefined && <div className={styles.emptyAction}>{action}</div>}
		</div>
	);
}
