// SPDX-License-Identifier: Apache-2.0
// Short news of something that was just done. An error that needs reading belongs where it happened.
"use client";
import { Toast as Base } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { IconButton } from "./button";
import styles from "./overlay.module.css";

export function ToastProvider({ children }: { children: ReactNode }) {
	return (
		<Base.Provider timeout={6000} limit={3}>
			{children}
			<Base.Portal>
				<Base.Viewport className={styles.toasts}>
					<Toasts />
				</Base.Viewport>
			</Base.Portal>
		</Base.Provider>
	);
}

function Toasts() {
	const t = useTranslations("ui");
	const { toasts } = Base.useToastManager();
	return toasts.map((toast) => (
		<Base.Root key={toast.id} toast={toast} className={styles.toast}>
			{toast.type === "error" ? (
				<CircleAlert size={16} aria-hidden />
			) : (
				<CircleCheck size={16} aria-hidden />
			)}
			<div className={styles.toastText}>
				<Base.Title className={styles.toastTitle} />
				<Base.Description className={styles.toastDescription} />
			</div>
			<Base.Close render={<IconButton label={t("dismiss")} icon={<X size={14} />} size="s" />} />
		</Base.Root>
	));
}

/** `toast("Key revoked")`; errors stay until they are dismissed. */
export function useToast() {
	const manager = Base.useToastManager();
	return (title: string, options: { description?: string; error?: boolean } = {}) => {
		manager.add({
			title,
			description: options.description,
			type: options.error ? "error" : "success",
			timeout: options.error ? 0 : undefined,
			priority: options.error ? "high" : "low",
		});
	};
}
