// SPDX-License-Identifier: Apache-2.0
// The list of keyboard shortcuts.
"use client";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Kbd } from "@/ui/bits";
import { Dialog } from "@/ui/dialog";
import { Callout } from "@/ui/notice";
import { DescriptionList, Row, Stack } from "@/ui/page";
import { isMac } from "./navigation";
import { type Portal, pages } from "./pages";

interface SheetProps {
	portal: Portal;
	open: boolean;
	onOpenChange: (open: boolean) => void;
}

export function ShortcutSheet({ portal, open, onOpenChange }: SheetProps) {
	const t = useTranslations("shell");
	const { session, can } = useSession();
	const jumps = pages[portal].filter(
		(page) => page.jump !== undefined && (page.scope === undefined || can(page.scope)),
	);
	return (
		<Dialog open={open} onOpenChange={onOpenChange} title={t("shortcuts")}>
			<Stack>
				{session.account.shortcuts === false && <Callout>{t("shortcutsOff")}</Callout>}
				<DescriptionList
					items={[
						{ term: t("shortcutCommands"), value: <Keys keys={[isMac() ? "⌘" : "Ctrl", "K"]} /> },
						{ term: t("shortcutSearch"), value: <Keys keys={["/"]} /> },
						{ term: t("shortcutHelp"), value: <Keys keys={["?"]} /> },
						...jumps.map((page) => ({
							term: t("goTo", { page: t(page.label) }),
							value: <Keys keys={["g", page.jump ?? ""]} />,
						})),
					]}
				/>
			</Stack>
		</Dialog>
	);
}

function Keys({ keys }: { keys: string[] }) {
	return (
		<Row gap={1}>
			{keys.map((key) => (
				<Kbd key={key}>{key}</Kbd>
			))}
		</Row>
	);
}
