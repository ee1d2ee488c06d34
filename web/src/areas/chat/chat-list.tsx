// SPDX-License-Identifier: Apache-2.0
// The list of one's chats: search, open, rename, delete.
"use client";
import { Ellipsis, Pencil, SquarePen, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { IconButton, LinkButton } from "@/ui/button";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { SearchField, TextField } from "@/ui/field";
import { Link } from "@/ui/link";
import { Menu } from "@/ui/menu";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { Pager } from "@/ui/table";
import { useToast } from "@/ui/toast";
import styles from "./chat.module.css";
import { type Chat, useChangeChat, useChats, useDeleteChat } from "./queries";

interface ChatListProps {
	current: string;
	search: string;
	onSearch: (text: string) => void;
	onOpened: () => void;
	onDeleted: (id: string) => void;
}

const SEARCH_WAIT_MS = 250;

export function ChatList({ current, search, onSearch, onOpened, onDeleted }: ChatListProps) {
	const t = useTranslations("chat");
	const { can } = useSession();
	const chats = useChats(search);
	const [renaming, setRenaming] = useState<Chat | null>(null);
	const [deleting, setDeleting] = useState<Chat | null>(null);
	const writable = can("responses:write");
	return (
		<div className={styles.list}>
			<div className={styles.listHead}>
				<LinkButton href="/chat/" icon={<SquarePen size={16} aria-hidden />}>
					{t("new")}
				</LinkButton>
				<Search value={search} onChange={onSearch} />
			</div>
			<nav className={styles.listBody} aria-label={t("chats")}>
				{chats.error && <ErrorPanel error={chats.error} onRetry={chats.refetch} />}
				{!chats.rows && !chats.error && <Skeleton lines={8} />}
				{chats.rows?.length === 0 && (
					<p className={styles.hint}>{search === "" ? t("noChats") : t("noMatch")}</p>
				)}
				<ul className={styles.rows}>
					{chats.rows?.map((chat) => (
						<li
							key={chat.id}
							className={styles.rowItem}
							data-current={chat.id === current || undefined}
						>
							<Link
								href={`/chat/?id=${encodeURIComponent(chat.id)}${search === "" ? "" : `&q=${encodeURIComponent(search)}`}`}
								className={styles.rowLink}
								aria-current={chat.id === current ? "page" : undefined}
								onClick={onOpened}
							>
								<span dir="auto">{titleOf(chat, t("untitled"))}</span>
							</Link>
							{writable && (
								<Menu
									trigger={
										<IconButton
											size="s"
											label={t("actionsOf", { name: titleOf(chat, t("untitled")) })}
											icon={<Ellipsis size={14} />}
											className={styles.rowMenu}
										/>
									}
									groups={[
										{
											items: [
												{
													label: t("rename"),
													icon: <Pencil size={16} />,
													onSelect: () => setRenaming(chat),
												},
												{
													label: t("delete"),
													icon: <Trash2 size={16} />,
													danger: true,
													onSelect: () => setDeleting(chat),
												},
											],
										},
									]}
								/>
							)}
						</li>
					))}
				</ul>
			</nav>
			<Pager {...chats.pager} />
			<RenameDialog target={renaming} onClose={() => setRenaming(null)} />
			<DeleteDialog target={deleting} onClose={() => setDeleting(null)} onDeleted={onDeleted} />
		</div>
	);
}

export function titleOf(chat: { title: string }, untitled: string): string {
	return chat.title.trim() === "" ? untitled : chat.title;
}

/** Searches when one pauses. */
function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
	const t = useTranslations("chat");
	const [text, setText] = useState(value);
	useEffect(() => {
		if (text === value) return;
		const timer = setTimeout(() => onChange(text), SEARCH_WAIT_MS);
		return () => clearTimeout(timer);
	}, [text, value, onChange]);
	return (
		<SearchField
			label={t("search")}
			value={text}
			maxLength={200}
			onChange={(event) => setText(event.target.value)}
		/>
	);
}

export function RenameDialog({ target, onClose }: { target: Chat | null; onClose: () => void }) {
	const t = useTranslations("chat");
	const change = useChangeChat();
	const [title, setTitle] = useState("");
	useEffect(() => setTitle(target?.title ?? ""), [target]);
	const { reset } = change;
	useEffect(() => {
		if (target) reset();
	}, [target, reset]);
	return (
		<FormDialog
			open={target !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("renameTitle")}
			submit={t("rename")}
			busy={change.isPending}
			disabled={title.trim() === ""}
			onSubmit={() =>
				target && change.mutate({ id: target.id, title: title.trim() }, { onSuccess: onClose })
			}
		>
			<Stack>
				{change.error && <ErrorPanel error={change.error} />}
				<TextField
					label={t("name")}
					value={title}
					maxLength={200}
					dir="auto"
					autoComplete="off"
					onChange={(event) => setTitle(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}

export function DeleteDialog({
	target,
	onClose,
	onDeleted,
}: {
	target: Chat | null;
	onClose: () => void;
	onDeleted: (id: string) => void;
}) {
	const t = useTranslations("chat");
	const toast = useToast();
	const remove = useDeleteChat();
	return (
		<ConfirmDialog
			open={target !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("deleteTitle")}
			description={t("deleteText", { name: target ? titleOf(target, t("untitled")) : "" })}
			action={t("delete")}
			busy={remove.isPending}
			onConfirm={() =>
				target &&
				remove.mutate(target.id, {
					onSuccess: () => {
						onClose();
						onDeleted(target.id);
						toast(t("deleted"));
					},
					onError: (error) => toast(toApiError(error).message, { error: true }),
				})
			}
		/>
	);
}
