// SPDX-License-Identifier: Apache-2.0
// The turns. They are mounted from the newest up, a few at a time; the browser skips what is out of sight.
"use client";
import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { Skeleton } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { ErrorPanel } from "@/ui/notice";
import styles from "./chat.module.css";
import type { Runs } from "./runs";
import type { Step } from "./tree";
import { Question, type TurnActs, TurnView } from "./turn";
import type { Pending } from "./use-asking";

interface TranscriptProps {
	chat: string;
	path: Step[];
	loading: boolean;
	/** Older turns are still on their way. */
	older: boolean;
	empty: boolean;
	pending: Pending | null;
	onRetry: () => void;
	onDrop: () => void;
	runs: Runs;
	acts: TurnActs;
	free: boolean;
	source: string;
	onSuggest: (text: string) => void;
}

const FIRST = 8;
const MORE = 6;
const NEAR_PX = 80;

export function Transcript(props: TranscriptProps) {
	const t = useTranslations("chat");
	const { chat, path, loading, older, empty, pending, runs, acts, free, source } = props;
	const mounted = useMounted(chat, path.length);
	const { scroller, content, pinned, toEnd } = usePinned(chat, pending?.key);
	const [sourceOf = "", sourceNumber] = source.split(".");
	return (
		<div className={styles.scrollBox}>
			<div
				className={styles.scroller}
				ref={scroller}
				tabIndex={0}
				role="log"
				aria-live="off"
				aria-label={t("conversation")}
			>
				<div className={styles.turns} ref={content}>
					{loading && <Loading />}
					{empty && <Welcome onSuggest={props.onSuggest} />}
					{(older || mounted < path.length) && !loading && (
						<p className={styles.hint} role="status">
							{t("loadingOlder")}
						</p>
					)}
					{path.slice(path.length - mounted).map((step) => {
						const { id } = step.turn.response;
						return (
							<TurnView
								key={id}
								step={step}
								runs={runs}
								acts={acts}
								free={free}
								openSource={id === sourceOf ? Number(sourceNumber) : null}
							/>
						);
					})}
					{pending && <Asked pending={pending} onRetry={props.onRetry} onDrop={props.onDrop} />}
				</div>
			</div>
			{!pinned && (
				<div className={styles.toEnd}>
					<IconButton label={t("toEnd")} icon={<ArrowDown size={16} />} onClick={toEnd} />
				</div>
			)}
		</div>
	);
}

/** A question on its way, or why it did not get there. */
function Asked({
	pending,
	onRetry,
	onDrop,
}: Pick<TranscriptProps, "onRetry" | "onDrop"> & { pending: Pending }) {
	const t = useTranslations("chat");
	return (
		<article className={styles.turn} data-live>
			<Question text={pending.text} pictures={pending.pictures} />
			<div className={styles.answer}>
				{pending.error ? (
					<>
						<ErrorPanel error={pending.error} onRetry={onRetry} />
						<div>
							<Button size="s" variant="quiet" onClick={onDrop}>
								{t("backToComposer")}
							</Button>
						</div>
					</>
				) : (
					<p className={styles.waiting}>
						<span className={styles.dots} aria-hidden>
							<i />
							<i />
							<i />
						</span>
						{t("sending")}
					</p>
				)}
			</div>
		</article>
	);
}

/** How many of the turns are there: the last ones at once, the rest whenever the browser has time. */
function useMounted(chat: string, length: number): number {
	const [state, setState] = useState({ chat, count: FIRST });
	const count = state.chat === chat ? state.count : FIRST;
	useEffect(() => {
		if (count >= length) return;
		const more = () => setState({ chat, count: count + MORE });
		if (typeof requestIdleCallback === "undefined") {
			const timer = setTimeout(more, 60);
			return () => clearTimeout(timer);
		}
		const idle = requestIdleCallback(more, { timeout: 500 });
		return () => cancelIdleCallback(idle);
	}, [chat, count, length]);
	return Math.min(count, length);
}

/** Stays at the end while one is there; what is read further up does not move. */
function usePinned(chat: string, asked: string | undefined) {
	const scroller = useRef<HTMLDivElement>(null);
	const content = useRef<HTMLDivElement>(null);
	const atEnd = useRef(true);
	const [pinned, setPinned] = useState(true);
	const toEnd = () => {
		const box = scroller.current;
		atEnd.current = true;
		setPinned(true);
		if (box) box.scrollTop = box.scrollHeight;
	};
	// biome-ignore lint/correctness/useExhaustiveDependencies: another chat, or a new question
	useLayoutEffect(toEnd, [chat, asked]);
	useEffect(() => {
		const box = scroller.current;
		const inner = content.current;
		if (!box || !inner) return;
		const scrolled = () => {
			atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
			setPinned(atEnd.current);
		};
		const grown = new ResizeObserver(() => {
			if (atEnd.current) box.scrollTop = box.scrollHeight;
		});
		grown.observe(inner);
		grown.observe(box);
		box.addEventListener("scroll", scrolled, { passive: true });
		return () => {
			grown.disconnect();
			box.removeEventListener("scroll", scrolled);
		};
	}, []);
	return { scroller, content, pinned, toEnd };
}

function Loading() {
	const t = useTranslations("chat");
	return (
		<div className={styles.turn}>
			<span className="visually-hidden" role="status">
				{t("loading")}
			</span>
			<div className={styles.loadingQuestion}>
				<Skeleton />
			</div>
			<Skeleton lines={5} />
		</div>
	);
}

function Welcome({ onSuggest }: { onSuggest: (text: string) => void }) {
	const t = useTranslations("chat");
	return (
		<div className={styles.welcome}>
			<p className={styles.welcomeTitle}>{t("welcome")}</p>
			<p className={styles.hint}>{t("welcomeText")}</p>
			<div className={styles.suggestions}>
				{(["suggestSummary", "suggestFind", "suggestDraft"] as const).map((key) => (
					<button
						type="button"
						key={key}
						className={styles.suggestion}
						onClick={() => onSuggest(t(key))}
					>
						{t(key)}
					</button>
				))}
			</div>
		</div>
	);
}
