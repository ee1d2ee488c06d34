// SPDX-License-Identifier: Apache-2.0
// Where one writes: Enter sends, Shift+Enter is a new line. What is written stays until it is sent.
"use client";
import { ArrowUp, Paperclip, Square } from "lucide-react";
import {
	type ClipboardEvent,
	type DragEvent,
	type ReactNode,
	type Ref,
	useEffect,
	useImperativeHandle,
	useLayoutEffect,
	useRef,
	useState,
} from "react";
import { useTranslations } from "use-intl";
import { type Dropped, readChosen, readDrop } from "@/areas/documents/dropped";
import { IconButton } from "@/ui/button";
import styles from "./chat.module.css";
import { isSending } from "./typing";

export interface ComposerHandle {
	focus: () => void;
	set: (text: string) => void;
}

interface ComposerProps {
	/** The chat; each has its own draft. */
	chat: string;
	busy: boolean;
	/** A run is under way that can be stopped. */
	onStop: (() => void) | undefined;
	stopping: boolean;
	onSend: (text: string) => void;
	/** Files that were chosen, dropped or pasted; undefined where nobody may add any. */
	onFiles: ((files: Dropped[]) => void) | undefined;
	/** What stands above the text: files. */
	above: ReactNode;
	/** Model, documents. */
	children: ReactNode;
	handle: Ref<ComposerHandle>;
}

const DRAFT = "bulkhead.chat.draft.";
const TEXT_MOST = 200_000;

function readDraft(chat: string): string {
	try {
		return sessionStorage.getItem(DRAFT + chat) ?? "";
	} catch {
		return "";
	}
}

function keepDraft(chat: string, text: string) {
	try {
		if (text === "") sessionStorage.removeItem(DRAFT + chat);
		else sessionStorage.setItem(DRAFT + chat, text);
	} catch {
		// Without storage it lives as long as the page.
	}
}

export function Composer({
	chat,
	busy,
	onStop,
	stopping,
	onSend,
	onFiles,
	above,
	children,
	handle,
}: ComposerProps) {
	const t = useTranslations("chat");
	const [text, setText] = useState(() => readDraft(chat));
	const field = useRef<HTMLTextAreaElement>(null);
	const owner = useRef(chat);
	useEffect(() => {
		if (owner.current === chat) return;
		owner.current = chat;
		setText(readDraft(chat));
	}, [chat]);
	useEffect(() => {
		if (owner.current === chat) keepDraft(chat, text);
	}, [chat, text]);
	useImperativeHandle(handle, () => ({ focus: () => field.current?.focus(), set: setText }), []);
	// As high as the text, up to what the style allows.
	// biome-ignore lint/correctness/useExhaustiveDependencies: the text is what it depends on
	useLayoutEffect(() => {
		const element = field.current;
		if (!element) return;
		element.style.height = "auto";
		element.style.height = `${element.scrollHeight}px`;
	}, [text]);

	const ready = text.trim() !== "" && !busy && onStop === undefined;
	const send = () => {
		if (!ready) return;
		onSend(text.trim());
		setText("");
	};
	const { over, drop, paste } = useDropped(onFiles);
	return (
		<form
			className={styles.composer}
			data-over={over || undefined}
			{...drop}
			onSubmit={(event) => {
				event.preventDefault();
				send();
			}}
		>
			{above}
			<textarea
				ref={field}
				onPaste={paste}
				className={styles.field}
				aria-label={t("message")}
				placeholder={t("placeholder")}
				value={text}
				rows={1}
				dir="auto"
				maxLength={TEXT_MOST}
				enterKeyHint="send"
				onChange={(event) => setText(event.target.value)}
				onKeyDown={(event) => {
					if (!isSending(event)) return;
					event.preventDefault();
					send();
				}}
			/>
			<div className={styles.composerRow}>
				<div className={styles.choices}>
					{onFiles && <Attach onFiles={onFiles} />}
					{children}
				</div>
				{onStop ? (
					<IconButton
						label={t("stop")}
						icon={<Square size={14} fill="currentColor" />}
						className={styles.stop}
						onClick={onStop}
						aria-busy={stopping || undefined}
					/>
				) : (
					<IconButton
						type="submit"
						label={t("send")}
						icon={<ArrowUp size={18} />}
						className={styles.send}
						aria-disabled={!ready || undefined}
					/>
				)}
			</div>
		</form>
	);
}

function Attach({ onFiles }: { onFiles: (files: Dropped[]) => void }) {
	const t = useTranslations("chat");
	const input = useRef<HTMLInputElement>(null);
	return (
		<>
			<IconButton
				size="s"
				label={t("attach")}
				icon={<Paperclip size={15} />}
				onClick={() => input.current?.click()}
			/>
			<input
				ref={input}
				type="file"
				multiple
				hidden
				onChange={(event) => {
					onFiles(readChosen([...(event.target.files ?? [])]));
					event.target.value = "";
				}}
			/>
		</>
	);
}

/** Files that are dropped on the form or pasted into its text; anything else stays what it is. */
function useDropped(onFiles: ComposerProps["onFiles"]) {
	const [over, setOver] = useState(false);
	const drag = (on: boolean) => (event: DragEvent) => {
		if (!onFiles || !event.dataTransfer.types.includes("Files")) return false;
		event.preventDefault();
		setOver(on);
		return true;
	};
	return {
		over,
		drop: {
			onDragOver: drag(true),
			onDragLeave: drag(false),
			onDrop: (event: DragEvent) => {
				if (drag(false)(event)) void readDrop(event.dataTransfer).then(onFiles);
			},
		},
		paste: (event: ClipboardEvent) => {
			const files = [...event.clipboardData.files];
			// What word processors copy has a picture of the text beside the text.
			if (!onFiles || files.length === 0 || event.clipboardData.types.includes("text/plain"))
				return;
			event.preventDefault();
			onFiles(files.map((file) => ({ file, folder: "" })));
		},
	};
}
