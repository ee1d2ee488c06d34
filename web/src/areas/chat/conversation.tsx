// SPDX-License-Identifier: Apache-2.0
// The conversation: its head, the turns, and where one writes.
"use client";
import { PanelLeft, SquarePen } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { type Dropped, sortDropped } from "@/areas/documents/dropped";
import { useSession } from "@/session/session";
import { IconButton } from "@/ui/button";
import { Callout, ErrorPanel } from "@/ui/notice";
import { useToast } from "@/ui/toast";
import { Attachments } from "./attachments";
import styles from "./chat.module.css";
import { titleOf } from "./chat-list";
import { ChatMenu } from "./chat-menu";
import { Choices } from "./choices";
import { Composer, type ComposerHandle } from "./composer";
import { OpenSource } from "./open-source";
import { PickedPictures } from "./pictures";
import { Transcript } from "./transcript";
import { useConversation, useStop } from "./use-conversation";

interface ConversationProps {
	/** Opens the list, where there is no room for it. */
	onList: (() => void) | undefined;
	writable: boolean;
}

type Talk = ReturnType<typeof useConversation>;

export function Conversation({ onList, writable }: ConversationProps) {
	const talk = useConversation();
	const { asking, path, running } = talk;
	const composer = useRef<ComposerHandle>(null);
	const stopping = useStop(running);
	return (
		<>
			{/* biome-ignore lint/a11y/noStaticElementInteractions: Escape works wherever one is in it */}
			<section className={styles.conversation} onKeyDown={stopping.onKeyDown}>
				<Head talk={talk} onList={onList} writable={writable} />
				{talk.error ? (
					<div className={styles.failed}>
						<ErrorPanel error={talk.error} onRetry={talk.retry} />
					</div>
				) : (
					<Transcript
						chat={talk.place.id}
						path={path}
						loading={talk.loading}
						older={talk.turns !== undefined && !talk.turns.whole}
						empty={talk.empty && !asking.pending}
						pending={asking.pending}
						onRetry={asking.retry}
						onDrop={() => {
							composer.current?.set(asking.pending?.text ?? "");
							talk.pictures.addKnown(asking.pending?.pictures ?? []);
							asking.drop();
						}}
						runs={talk.runs}
						acts={talk.acts}
						free={writable && running === undefined && !asking.pending}
						source={talk.place.source}
						onSuggest={(text) => {
							composer.current?.set(text);
							composer.current?.focus();
						}}
					/>
				)}
				<div
					ref={talk.announcements}
					className="visually-hidden"
					role="status"
					aria-live="polite"
					aria-atomic="false"
				/>
				<Foot talk={talk} stopping={stopping} composer={composer} writable={writable} />
			</section>
			<OpenSource
				place={talk.place.source}
				turns={talk.turns?.turns}
				runs={talk.runs}
				onClose={() => talk.go({ source: "" })}
			/>
		</>
	);
}

function Head({ talk, onList, writable }: ConversationProps & { talk: Talk }) {
	const t = useTranslations("chat");
	const { chat, place, go } = talk;
	const none = place.id === "" ? t("new") : t("title");
	const title = chat ? titleOf(chat, t("untitled")) : none;
	useEffect(() => {
		document.title = `${title} · Bulkhead`;
	}, [title]);
	return (
		<header className={styles.head}>
			{onList && (
				<IconButton label={t("openList")} icon={<PanelLeft size={18} />} onClick={onList} />
			)}
			<h1 className={styles.title} dir="auto">
				{title}
			</h1>
			{onList && place.id !== "" && (
				<IconButton
					label={t("new")}
					icon={<SquarePen size={18} />}
					onClick={() => go({ id: "", at: "", source: "" }, { push: true })}
				/>
			)}
			<ChatMenu
				chat={chat}
				path={talk.path}
				writable={writable}
				settings={talk.settings}
				onDeleted={() => go({ id: "", at: "", source: "" })}
			/>
		</header>
	);
}

interface FootProps {
	talk: Talk;
	stopping: ReturnType<typeof useStop>;
	composer: React.Ref<ComposerHandle>;
	writable: boolean;
}

function Foot({ talk, stopping, composer, writable }: FootProps) {
	const t = useTranslations("chat");
	const { asking, place } = talk;
	const { can } = useSession();
	const toast = useToast();
	const { attaching, pictures } = talk;
	const known = place.id === "" || talk.chat !== undefined;
	const sends = known && can("files:write") && can("files:read");
	const attaches = sends && can("vector_stores:write");
	const take = (files: Dropped[]) => {
		const { documents } = sortDropped(files);
		pictures.add(files);
		if (documents.length === 0) return;
		if (attaches) attaching.choose(documents);
		else toast(t("onlyPictures"), { error: true });
	};
	const last = talk.path.at(-1)?.turn.response.id ?? null;
	return (
		<div className={styles.foot}>
			{stopping.asked && (
				<p className={styles.escape} role="status">
					{t("escapeAgain")}
				</p>
			)}
			{writable ? (
				<Composer
					handle={composer}
					chat={place.id}
					busy={
						asking.pending !== null ||
						attaching.busy ||
						!pictures.ready ||
						(place.id !== "" && !talk.turns)
					}
					onStop={talk.running === undefined ? undefined : stopping.stop}
					stopping={stopping.stopping}
					onSend={(text) => {
						asking.ask(text, last, pictures.ids);
						pictures.clear();
					}}
					onFiles={sends ? take : undefined}
					above={
						<>
							<PickedPictures
								pictures={pictures}
								settings={talk.settings}
								onDocument={
									attaches ? (file) => attaching.choose([{ file, folder: "" }]) : undefined
								}
							/>
							<Attachments attaching={attaching} title={talk.chat?.title ?? ""} />
						</>
					}
				>
					<Choices settings={talk.settings} onChange={talk.setSettings} />
				</Composer>
			) : (
				<Callout>{t("readOnly")}</Callout>
			)}
		</div>
	);
}
