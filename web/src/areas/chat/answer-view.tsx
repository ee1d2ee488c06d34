// SPDX-License-Identifier: Apache-2.0
// An answer: its steps, its text in blocks, where it comes from, and why it ended where it did.
"use client";
import { SearchX } from "lucide-react";
import dynamic from "next/dynamic";
import { memo, useEffect, useMemo, useRef } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/button";
import { Callout } from "@/ui/notice";
import { type Answer, type Item, isFinal, textOf } from "./answer";
import answerStyles from "./answer.module.css";
import { plainOf, splitBlocks } from "./blocks";
import styles from "./chat.module.css";
import { SourceChips, SourceMark } from "./citation";
import { CitationContext } from "./citation-context";
import { type Source, sourcesOf, withMarks } from "./citations";
import type { Link } from "./runs";
import { Steps } from "./steps";

const Block = dynamic(() => import("./markdown").then((module) => module.Block), {
	ssr: false,
	loading: () => null,
});

type Message = Extract<Item, { type: "message" }>;

interface AnswerViewProps {
	answer: Answer;
	link: Link;
	/** The number of the source that is open. */
	openSource: number | null;
	onSource: (number: number) => void;
	onAnnounce: (text: string) => void;
	/** Asks the same again; undefined where that is not possible. */
	onAgain?: () => void;
}

export function AnswerView({
	answer,
	link,
	openSource,
	onSource,
	onAnnounce,
	onAgain,
}: AnswerViewProps) {
	const t = useTranslations("chat");
	const live = link !== "ended" && !isFinal(answer.status);
	const { sources, numbers } = useMemo(() => sourcesOf(answer), [answer]);
	const messages = answer.items.filter((item) => item.type === "message");
	useAnnouncements(answer, live, onAnnounce);
	const quotes = quotedOnly(answer, messages);
	return (
		<>
			<Steps items={answer.items} live={live} cited={sources.length} />
			{messages.map((message) => (
				<MessageText
					key={message.id}
					message={message}
					sources={sources}
					numberOf={(at) => {
						const citation = message.citations[at];
						return citation && numbers.get(citation);
					}}
					openSource={openSource}
					onSource={onSource}
					live={live && message === messages.at(-1)}
					look={quotes}
				/>
			))}
			{live && <Progress answer={answer} link={link} waiting={messages.length === 0} />}
			<SourceChips sources={sources} openSource={openSource} onSource={onSource} />
			{!live && <Ending answer={answer} onAgain={onAgain} />}
			<span className="visually-hidden">{live ? t("generating") : ""}</span>
		</>
	);
}

type Look = "plain" | "quoted" | "nothing";

/** Where answers have to be stated by a passage: whether this one is a quotation, or says that there is none. */
function quotedOnly(answer: Answer, messages: readonly Message[]): Look {
	if (answer.response.bulkhead?.grounding !== "strict" || !isFinal(answer.status)) return "plain";
	const [message, ...others] = messages;
	if (!message || others.length > 0 || message.refusal) return "plain";
	if (message.citations.length === 0) return "nothing";
	return message.citations.length === 1 && QUOTED.test(message.text) ? "quoted" : "plain";
}

/** The nearest passage in quotation marks, with or without a sentence before it. */
const QUOTED = /^([^“„«「‘]*?[:：]?)\s*([“„«「][\s\S]+[”“»」])\s*$/u;

interface MessageTextProps {
	message: Message;
	sources: Source[];
	numberOf: (at: number) => number | undefined;
	openSource: number | null;
	onSource: (number: number) => void;
	live: boolean;
	look: Look;
}

function MessageText({
	message,
	sources,
	numberOf,
	openSource,
	onSource,
	live,
	look,
}: MessageTextProps) {
	const t = useTranslations("chat");
	const marked = useMemo(() => withMarks(message.text, message.citations), [message]);
	const mark = (at: number) => {
		const source = sources.find((each) => each.number === numberOf(at));
		return (
			source && (
				<SourceMark
					source={source}
					citation={message.citations[at]}
					open={openSource === source.number}
					onOpen={() => onSource(source.number)}
				/>
			)
		);
	};
	if (look === "nothing")
		return (
			<div className={answerStyles.nothing}>
				<SearchX size={18} aria-hidden />
				<div>
					<p dir="auto">{message.text}</p>
					<p className={styles.hint}>{t("nothingHint")}</p>
				</div>
			</div>
		);
	const quote = look === "quoted" ? QUOTED.exec(message.text) : null;
	if (quote)
		return (
			<div className={answerStyles.prose} dir="auto">
				{quote[1] && <p className={styles.hint}>{quote[1]}</p>}
				<blockquote>
					<p>
						{quote[2]}
						{mark(0)}
					</p>
				</blockquote>
			</div>
		);
	return (
		<CitationContext value={mark}>
			<div className={answerStyles.prose} data-refusal={message.refusal || undefined} dir="auto">
				<Blocks text={marked} live={live} open={openSource} />
			</div>
		</CitationContext>
	);
}

/** Blocks that are complete are the same text every time, and are not rendered again. */
const Blocks = memo(function Blocks({
	text,
	live,
}: {
	text: string;
	live: boolean;
	open: number | null;
}) {
	const blocks = splitBlocks(text);
	return blocks.map((block, index) => (
		<Block key={index} text={block} live={live && index === blocks.length - 1} />
	));
});

/** One announcement for each finished block, and one at the end. */
function useAnnouncements(answer: Answer, live: boolean, announce: (text: string) => void) {
	const t = useTranslations("chat");
	const said = useRef<number | null>(null);
	const text = textOf(answer);
	useEffect(() => {
		const blocks = splitBlocks(text);
		const done = live ? blocks.length - 1 : blocks.length;
		if (said.current === null) {
			// What was there when the page was opened is not read out.
			said.current = live ? Math.max(0, done) : -1;
			if (live) announce(t("generating"));
			return;
		}
		if (said.current < 0) return;
		for (const block of blocks.slice(said.current, done)) announce(plainOf(block));
		said.current = Math.max(said.current, done);
		if (!live) {
			announce(t("done"));
			said.current = -1;
		}
	}, [text, live, announce, t]);
}

function Progress({ answer, link, waiting }: { answer: Answer; link: Link; waiting: boolean }) {
	const t = useTranslations("chat");
	if (link === "lost") return <Callout tone="warn">{t("lost")}</Callout>;
	if (!waiting) return null;
	const searching = answer.items.some(
		(item) => item.type === "search" && item.status !== "completed",
	);
	const words =
		answer.status === "queued" ? t("queued") : searching ? t("searching") : t("writing");
	return (
		<p className={styles.waiting}>
			<span className={styles.dots} aria-hidden>
				<i />
				<i />
				<i />
			</span>
			{words}
		</p>
	);
}

/** Why there is no more. What is complete needs no word. */
function Ending({ answer, onAgain }: { answer: Answer; onAgain?: () => void }) {
	const t = useTranslations("chat");
	const { status, error, incomplete_details: incomplete } = answer.response;
	const hasText = textOf(answer) !== "";
	const again = onAgain && (
		<Button size="s" onClick={onAgain}>
			{t("tryAgain")}
		</Button>
	);
	if (status === "cancelled") return <p className={styles.hint}>{t("stopped")}</p>;
	if (status === "incomplete")
		return (
			<Callout tone="warn" actions={again}>
				{incomplete?.reason === "content_filter" ? t("filtered") : t("tooLong")}
			</Callout>
		);
	if (status === "failed") {
		const quota = error?.code === "insufficient_quota";
		return (
			<Callout tone="bad" title={hasText ? t("brokeOff") : t("noAnswer")} actions={again}>
				<p>{error?.message}</p>
				<p>
					{quota
						? t("quotaAdvice")
						: error?.code === "rate_limit_exceeded"
							? t("rateAdvice")
							: hasText
								? t("brokeOffAdvice")
								: null}
				</p>
			</Callout>
		);
	}
	return hasText || answer.items.some((item) => item.type === "call") ? null : (
		<p className={styles.hint}>{t("empty")}</p>
	);
}
