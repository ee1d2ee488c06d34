// SPDX-License-Identifier: Apache-2.0
// The chat: one's chats on the left, the conversation, and the source that is open on the right.
"use client";
import { useCallback, useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Drawer } from "@/ui/dialog";
import styles from "./chat.module.css";
import { ChatList } from "./chat-list";
import { Conversation } from "./conversation";
import { usePlace } from "./place";
import { useOtherTabs } from "./queries";
import { useWide } from "./use-wide";

export function ChatPage() {
	const t = useTranslations("chat");
	const { can } = useSession();
	const [place, go] = usePlace();
	const wide = useWide("(min-width: 68rem)");
	const [listOpen, setListOpen] = useState(false);
	useOtherTabs();

	const onSearch = useCallback((q: string) => go({ q }), [go]);
	const list = (
		<ChatList
			current={place.id}
			search={place.q}
			onSearch={onSearch}
			onOpened={() => setListOpen(false)}
			onDeleted={(id) => id === place.id && go({ id: "", at: "", source: "" })}
		/>
	);
	return (
		<div className={styles.page} data-aside={place.source !== "" || undefined}>
			{wide && <aside className={styles.side}>{list}</aside>}
			<Conversation
				onList={wide ? undefined : () => setListOpen(true)}
				writable={can("responses:write")}
			/>
			{!wide && (
				<Drawer side="left" open={listOpen} onOpenChange={setListOpen} title={t("chats")}>
					{list}
				</Drawer>
			)}
		</div>
	);
}
