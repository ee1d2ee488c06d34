// SPDX-License-Identifier: Apache-2.0
// What is there to be copied: code, ids, secrets.
"use client";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import styles from "./copy.module.css";

/** The words to copy, and whether that was just done. */
function useCopy(text: string): [boolean, () => void] {
	const [done, setDone] = useState(false);
	useEffect(() => {
		if (!done) return;
		const timer = setTimeout(() => setDone(false), 2000);
		return () => clearTimeout(timer);
	}, [done]);
	return [done, () => void copyText(text).then(setDone)];
}

/** Without https there is no clipboard interface; the old way works everywhere. */
async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const area = document.createElement("textarea");
		area.value = text;
		area.className = "visually-hidden";
		(document.querySelector("[data-modal]") ?? document.body).append(area);
		area.select();
		const copied = document.execCommand("copy");
		area.remove();
		return copied;
	}
}

export function CopyButton({ text, label }: { text: string; label?: string }) {
	const t = useTranslations("ui");
	const [done, copy] = useCopy(text);
	return (
		<button
			type="button"
			className={styles.button}
			onClick={copy}
			aria-label={label ?? t("copy")}
			title={label ?? t("copy")}
		>
			{done ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
			<span className="visually-hidden" role="status">
				{done ? t("copied") : ""}
			</span>
		</button>
	);
}

interface CodeProps {
	code: string;
	/** What it is, read out with the button: "curl". */
	label: string;
	/** Long lines break rather than scroll. */
	wrap?: boolean;
}

export function CodeBlock({ code, label, wrap }: CodeProps) {
	const t = useTranslations("ui");
	return (
		<figure className={styles.block} aria-label={label}>
			<pre className={wrap ? `${styles.pre} ${styles.wrap}` : styles.pre} tabIndex={0}>
				<code>{code}</code>
			</pre>
			<div className={styles.corner}>
				<CopyButton text={code} label={t("copyOf", { what: label })} />
			</div>
		</figure>
	);
}

/** An id: shortened in the middle where it is long, whole when copied. */
export function CopyId({ id, label }: { id: string; label?: string }) {
	const shown = id.length > 20 ? `${id.slice(0, 9)}…${id.slice(-4)}` : id;
	return (
		<span className={styles.id}>
			<code title={id}>{shown}</code>
			<CopyButton text={id} label={label} />
		</span>
	);
}

/** A secret that is shown once. */
export function Secret({ value, label }: { value: string; label: string }) {
	return (
		<div className={styles.secret}>
			<code>{value}</code>
			<CopyButton text={value} label={label} />
		</div>
	);
}
