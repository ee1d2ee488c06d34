// SPDX-License-Identifier: Apache-2.0
// The only moment in which a key's secret is shown, with code that works.
"use client";
import { useTranslations } from "use-intl";
import { useSampleModel } from "@/api/models";
import { snippets } from "@/areas/models/snippets";
import { Button } from "@/ui/button";
import { Snippets } from "@/ui/code-dialog";
import { CodeBlock, Secret } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Callout } from "@/ui/notice";
import { Stack } from "@/ui/page";
import type { Key } from "./queries";

export function SecretDialog({ created, onClose }: { created: Key | null; onClose: () => void }) {
	const t = useTranslations("keys");
	return (
		<Dialog
			wide
			open={created !== null}
			onOpenChange={(open) => !open && onClose()}
			dismissible={false}
			title={t("createdTitle", { name: created?.name ?? "" })}
			footer={
				<Button variant="primary" onClick={onClose}>
					{t("secretKept")}
				</Button>
			}
		>
			{created && <Created secret={created.key ?? ""} />}
		</Dialog>
	);
}

function Created({ secret }: { secret: string }) {
	const t = useTranslations("keys");
	const model = useSampleModel();
	return (
		<Stack>
			<Callout tone="warn">{t("secretOnce")}</Callout>
			<Secret value={secret} label={t("copySecret")} />
			<CodeBlock code={`export BULKHEAD_API_KEY=${secret}`} label={t("environment")} wrap />
			<Snippets label={t("snippets")} snippets={snippets(location.origin, "chat", model)} />
		</Stack>
	);
}
