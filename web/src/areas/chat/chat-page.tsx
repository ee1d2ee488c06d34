// The chat: one's chats on the left, the conversation, and the source that is open on the right.
"use client";
import { Ellipsis, PanelLeft, SquarePen } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { IconButton } from "@/ui/button";
import { Drawer } from "@/ui/dialog";
import { Menu } from "@/ui/menu";
import { Callout, ErrorPanel } from "@/ui/notice";
import { useToast } from "@/ui/toast";
import { isFinal } from "./answer";
import styles from "./chat.module.css";
import { ChatList, DeleteDialog, RenameDialog, titleOf } from "./chat-list";
import { Choices } from "./choices";
import { CodeDialog } from "./code-dialog";
import { Composer, type ComposerHandle } from "./composer";
import { download, fileName, toMarkdown } from "./export-markdown";
import { OpenSource } from "./open-source";
import { usePlace } from "./place";
import { type Chat, stopRun, useChat, useOtherTabs, useTurns, useTurnUpdates } from "./queries";
import { Transcript } from "./transcript";
import { pathOf, questionOf, type Step } from "./tree";
import { useAsking } from "./use-asking";
import { useRuns } from "./use-runs";
import { useSettings } from "./use-settings";
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

function Conversation({
	onList,
	writable,
}: {
	onList: (() => void) | undefined;
	writable: boolean;
}) {
	const t = useTranslations("chat");
	const toast = useToast();
	const [place, go] = usePlace();
	const chat = useChat(place.id);
	const turns = useTurns(place.id);
	const updates = useTurnUpdates();
	const runs = useRuns(updates.end);
	const { settings, setSettings } = useSettings(chat.data, place.id);
	const composer = useRef<ComposerHandle>(null);
	const asking = useAsking({ runs, settings, chat: place.id });
	const announcements = useRef<HTMLDivElement>(null);

	const known = turns.data?.turns;
	const path = useMemo(() => {
		const steps = known
			? pathOf(known, asking.pending ? asking.pending.previous : place.at || null)
			: [];
		if (!asking.pending) return steps;
		// What is being asked stands behind the turn that it follows.
		const end = steps.findIndex((step) => step.turn.response.id === asking.pending?.previous);
		return steps.slice(0, end + 1);
	}, [known, place.at, asking.pending]);
	useEffect(() => {
		for (const turn of known ?? []) runs.join(turn.response);
	}, [known, runs]);

	const running = path.find((step) => !isFinal(step.turn.response.status))?.turn.response.id;
	const [stopping, setStopping] = useState<string | null>(null);
	const stop = () => {
		if (running === undefined || stopping === running) return;
		setStopping(running);
		stopRun(running).catch((error: unknown) => {
			setStopping(null);
			toast(toApiError(error).message, { error: true });
		});
	};
	const stopKey = useEscape(running !== undefined, stop);

	// One announcement at a time would swallow those before it; each is a line of its own.
	const announce = useCallback((text: string) => {
		const box = announcements.current;
		if (!box || text === "") return;
		const line = document.createElement("p");
		line.textContent = text;
		box.append(line);
		while (box.childElementCount > 20) box.firstElementChild?.remove();
	}, []);
	const latest = useRef({ asking, go });
	latest.current = { asking, go };
	const acts = useMemo(
		() => ({
			onBranch: (id: string) => latest.current.go({ at: id, source: "" }),
			onSource: (response: string, number: number) =>
				latest.current.go({ source: `${response}.${number}` }),
			onAsk: (text: string, previous: string | null) => latest.current.asking.ask(text, previous),
			onAnnounce: announce,
		}),
		[announce],
	);

	const title = chat.data
		? titleOf(chat.data, t("untitled"))
		: place.id === ""
			? t("new")
			: t("title");
	useEffect(() => {
		document.title = `${title} · Bulkhead`;
	}, [title]);
	const error = chat.error ?? turns.error;
	const isEmpty = place.id === "" || (turns.data?.whole && turns.data.turns.length === 0);
	const last = path.at(-1)?.turn;
	return (
		<>
			{/* biome-ignore lint/a11y/noStaticElementInteractions: Escape works wherever one is in it */}
			<section className={styles.conversation} onKeyDown={stopKey.onKeyDown}>
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
						chat={chat.data}
						path={path}
						writable={writable}
						settings={settings}
						onDeleted={() => go({ id: "", at: "", source: "" })}
					/>
				</header>
				{error && (!turns.data || toApiError(error).status === 404) ? (
					<div className={styles.failed}>
						<ErrorPanel
							error={error}
							onRetry={() => void Promise.all([chat.refetch(), turns.refetch()])}
						/>
					</div>
				) : (
					<Transcript
						chat={place.id}
						path={path}
						loading={place.id !== "" && turns.isPending}
						older={turns.data !== undefined && !turns.data.whole}
						empty={isEmpty && !asking.pending}
						pending={asking.pending}
						onRetry={asking.retry}
						onDrop={() => {
							composer.current?.set(asking.pending?.text ?? "");
							asking.drop();
						}}
						runs={runs}
						acts={acts}
						free={writable && running === undefined && !asking.pending}
						source={place.source}
						onSuggest={(text) => {
							composer.current?.set(text);
							composer.current?.focus();
						}}
					/>
				)}
				<div
					ref={announcements}
					className="visually-hidden"
					role="status"
					aria-live="polite"
					aria-atomic="false"
				/>
				<div className={styles.foot}>
					{stopKey.asked && (
						<p className={styles.escape} role="status">
							{t("escapeAgain")}
						</p>
					)}
					{writable ? (
						<Composer
							handle={composer}
							chat={place.id}
							busy={asking.pending !== null || (place.id !== "" && !turns.data)}
							onStop={running === undefined ? undefined : stop}
							stopping={stopping === running}
							onSend={(text) => asking.ask(text, last?.response.id ?? null)}
						>
							<Choices settings={settings} onChange={setSettings} />
						</Composer>
					) : (
						<Callout>{t("readOnly")}</Callout>
					)}
				</div>
			</section>
			<OpenSource
				place={place.source}
				turns={known}
				runs={runs}
				onClose={() => go({ source: "" })}
			/>
		</>
	);
}

const ESCAPE_MS = 3000;

/** Escape stops a run when it is pressed twice; the first asks. */
function useEscape(running: boolean, stop: () => void) {
	const [asked, setAsked] = useState(false);
	useEffect(() => {
		if (!asked) return;
		const timer = setTimeout(() => setAsked(false), ESCAPE_MS);
		return () => clearTimeout(timer);
	}, [asked]);
	return {
		asked: asked && running,
		onKeyDown: (event: React.KeyboardEvent) => {
			if (event.key !== "Escape" || !running || event.nativeEvent.isComposing) return;
			if (asked) stop();
			setAsked(!asked);
		},
	};
}

interface ChatMenuProps {
	chat: Chat | undefined;
	path: Step[];
	writable: boolean;
	settings: ReturnType<typeof useSettings>["settings"];
	onDeleted: () => void;
}

function ChatMenu({ chat, path, writable, settings, onDeleted }: ChatMenuProps) {
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
				settings={settings}
				question={last ? questionOf(last.turn) : t("sampleQuestion")}
			/>
		</>
	);
}
