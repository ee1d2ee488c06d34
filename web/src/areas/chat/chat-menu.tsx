// SPDX-License-Identifier: Apache-2.0
// What can be done with a chat as a whole.
"use client";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { IconButton } from "@/ui/button";
import { CodeDialog } from "@/ui/code-button";
import { Menu } from "@/ui/menu";
import { DeleteDialog, RenameDialog, titleOf } from "./chat-list";
import { download, fileName, toMarkdown } from "./export-markdown";
import type { Chat } from "./queries";
import type { Settings } from "./settings";
import { snippets } from "./snippets";
import { questionOf, type Step } from "./tree";

interface ChatMenuProps {
	chat: Chat | undefined;
	path: Step[];
	writable: boolean;
	settings: Settings;
	onDeleted: () => void;
}

export function ChatMenu({ chat, path, writable, settings, onDeleted }: ChatMenuProps) {
	const t = useTranslations("chat");
	const [renaming, setRenaming] = useState<Chat | null>(null);
	const [deleting, setDeleting] = useState<Chat | null>(null);
	const [code, setCode] = useState(false);
	const title = chat ? titleOf(chat, t("untitled")) : "";
	const save = () =>
		download(
			fileName(title),
			toMarkdown(title, path, {
				question: t("question"),
				answer: t("answer"),
				page: (page) => t("page", { page }),
			}),
		);
	const last = path.at(-1);
	const question = last ? questionOf(last.turn) : t("sampleQuestion");
	return (
		<>
			<Menu
				trigger={<IconButton label={t("actions")} icon={<Ellipsis size={18} />} />}
				groups={[
					{
						items: [
							{ label: t("asCode"), onSelect: () => setCode(true) },
							{ label: t("export"), onSelect: save, disabled: path.length === 0 },
							{ label: t("print"), onSelect: () => window.print(), disabled: path.length === 0 },
						],
					},
					...(chat && writable
						? [
								{
									items: [
										{ label: t("rename"), onSelect: () => setRenaming(chat) },
										{ label: t("delete"), danger: true, onSelect: () => setDeleting(chat) },
									],
								},
							]
						: []),
				]}
			/>
			<RenameDialog target={renaming} onClose={() => setRenaming(null)} />
			<DeleteDialog target={deleting} onClose={() => setDeleting(null)} onDeleted={onDeleted} />
			<CodeDialog
				open={code}
				onOpenChange={setCode}
				snippets={(origin) => snippets(origin, settings, question)}
				description={t("asCodeText")}
			/>
		</>
	);
}
