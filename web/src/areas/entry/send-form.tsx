// SPDX-License-Identifier: Apache-2.0
// The form of a page that holds it before any script has run: until then nothing can be sent, and nothing that is
// typed could ever stand in an address.
"use client";
import { type FormEventHandler, type ReactNode, useSyncExternalStore } from "react";
import { Button } from "@/ui/button-base";
import styles from "./entry.module.css";

const never = () => () => {};

/** False in the export's pages, and until their scripts have taken them over. */
function useReady() {
	return useSyncExternalStore(
		never,
		() => true,
		() => false,
	);
}

interface SendFormProps {
	className?: string;
	onSubmit: FormEventHandler<HTMLFormElement>;
	children: ReactNode;
}

export function SendForm({ className, onSubmit, children }: SendFormProps) {
	return (
		<form method="post" className={className ?? styles.form} onSubmit={onSubmit}>
			{children}
		</form>
	);
}

/** A browser sends no form whose button is disabled, by Enter neither. */
export function SendButton({ busy, children }: { busy: boolean; children: ReactNode }) {
	const ready = useReady();
	return (
		<Button type="submit" variant="primary" busy={busy} disabled={!ready} className={styles.send}>
			{children}
		</Button>
	);
}
