// SPDX-License-Identifier: Apache-2.0
// Before a page on which no money moves, be it the mock's or one of Stripe's test mode.
"use client";
import { useTranslations } from "use-intl";
import type { components } from "@/api/schema.gen";
import { Button, LinkButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Callout } from "@/ui/notice";

interface TestPageDialogProps {
	page: components["schemas"]["BillingPage"];
	onClose: () => void;
}

export function TestPageDialog({ page, onClose }: TestPageDialogProps) {
	const t = useTranslations("billing");
	const ui = useTranslations("ui");
	return (
		<Dialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("testTitle")}
			footer={
				<>
					<Button onClick={onClose}>{ui("cancel")}</Button>
					<LinkButton variant="primary" href={page.url}>
						{t("toTestPage")}
					</LinkButton>
				</>
			}
		>
			<Callout tone="warn" title={t("test")}>
				{t("testText")}
			</Callout>
		</Dialog>
	);
}
