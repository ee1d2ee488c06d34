// SPDX-License-Identifier: Apache-2.0
// A page that broke, or whose files are gone since an upgrade; the frame around it goes on.
"use client";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/button";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Page } from "@/ui/page";

/** A file of this build that is no longer there. */
function isGone(error: Error) {
	return /ChunkLoadError|Loading chunk|Failed to load chunk|dynamically imported module/.test(
		`${error.name} ${error.message}`,
	);
}

export function Crash({ error, onRetry }: { error: Error; onRetry: () => void }) {
	const t = useTranslations("shell");
	return (
		<Page title={t("broken")} width="form">
			{isGone(error) ? (
				<Callout actions={<Button onClick={() => location.reload()}>{t("reload")}</Button>}>
					{t("upgradedGone")}
				</Callout>
			) : (
				<ErrorPanel error={error} onRetry={onRetry} title={t("brokenText")} />
			)}
		</Page>
	);
}
