// SPDX-License-Identifier: Apache-2.0
// A transcript beside its recording: a press on a word goes there, and what is heard is marked.
"use client";
import { Captions, Download } from "lucide-react";
import { type MouseEvent, memo, useMemo, useRef } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy";
import { Duration } from "@/ui/format";
import { Panel, Row, Stack } from "@/ui/page";
import { useObjectUrl } from "./queries";
import { save } from "./save";
import styles from "./speech.module.css";
import { indexAt, type Line, shortClock, toSrt, toText, toVtt } from "./transcript";

interface TranscriptViewProps {
	file: File;
	lines: Line[];
	language: string | undefined;
	/** What was paid for. */
	seconds: number;
}

const FILES = [
	{ end: "txt", type: "text/plain", of: toText },
	{ end: "srt", type: "application/x-subrip", of: toSrt },
	{ end: "vtt", type: "text/vtt", of: toVtt },
] as const;

export function TranscriptView({ file, lines, language, seconds }: TranscriptViewProps) {
	const t = useTranslations("speech");
	const player = useRef<HTMLAudioElement>(null);
	const text = useRef<HTMLDivElement>(null);
	const url = useObjectUrl(file);
	const words = useMemo(() => lines.flatMap((line) => line.words), [lines]);
	const name = file.name.replace(/\.[^.]*$/, "");
	const seek = (second: number) => {
		const element = player.current;
		if (!element) return;
		element.currentTime = second;
		// Refused where the browser cannot play the format; its own control shows that.
		void element.play().catch(() => undefined);
	};
	/** By hand rather than by rendering: it comes several times a second, over thousands of words. */
	const mark = () => {
		const at = indexAt(words, player.current?.currentTime ?? 0);
		const before = text.current?.querySelector("[data-now]");
		const now = at < 0 ? null : text.current?.querySelector(`[data-word="${at}"]`);
		if (before === now) return;
		before?.removeAttribute("data-now");
		now?.setAttribute("data-now", "");
	};
	return (
		<Panel
			title={t("transcript")}
			actions={
				<>
					<CopyButton text={toText(lines)} label={t("copyText")} />
					{FILES.map(({ end, type, of }) => (
						<Button
							key={end}
							size="s"
							icon={end === "txt" ? <Download size={14} /> : <Captions size={14} />}
							aria-label={t("downloadAs", { format: end.toUpperCase() })}
							onClick={() => save(new Blob([of(lines)], { type }), `${name}.${end}`)}
						>
							{end.toUpperCase()}
						</Button>
					))}
				</>
			}
		>
			<Stack>
				{/* biome-ignore lint/a11y/useMediaCaption: the text below is what is said */}
				<audio
					ref={player}
					className={styles.player}
					src={url}
					controls
					aria-label={t("recording")}
					onTimeUpdate={mark}
				/>
				<Row gap={3}>
					{language !== undefined && <span>{t("languageIs", { language })}</span>}
					<span>{t.rich("lengthIs", { duration: () => <Duration ms={seconds * 1000} /> })}</span>
				</Row>
				<div ref={text}>
					<Lines lines={lines} onSeek={seek} />
				</div>
			</Stack>
		</Panel>
	);
}

const Lines = memo(
	function Lines({ lines, onSeek }: { lines: Line[]; onSeek: (second: number) => void }) {
		const t = useTranslations("speech");
		const press = (event: MouseEvent) => {
			const word = (event.target as HTMLElement).dataset.start;
			// Who selects text does not want to go there.
			if (word !== undefined && getSelection()?.isCollapsed !== false) onSeek(Number(word));
		};
		let count = 0;
		return (
			<ol className={styles.lines}>
				{lines.map((line, index) => (
					<li key={index} className={styles.line}>
						<button
							type="button"
							className={styles.time}
							aria-label={t("playFrom", { time: shortClock(line.start) })}
							onClick={() => onSeek(line.start)}
						>
							{shortClock(line.start)}
						</button>
						{/* biome-ignore lint/a11y/useKeyWithClickEvents: the button does it for keyboards, line by line */}
						<p dir="auto" onClick={press}>
							{line.words.length === 0
								? line.text
								: line.words.map((word) => {
										const at = count++;
										return (
											<span key={at}>
												<span className={styles.word} data-word={at} data-start={word.start}>
													{word.word.trim()}
												</span>{" "}
											</span>
										);
									})}
						</p>
					</li>
				))}
			</ol>
		);
	},
	(before, now) => before.lines === now.lines,
);
