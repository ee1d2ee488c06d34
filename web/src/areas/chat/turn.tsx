// SPDX-License-Identifier: Apache-2.0
// One turn: the question, the answer, and what can be done with them.
"use client";
import { ChevronLeft, ChevronRight, Pencil, RefreshCw } from "lucide-react";
import { memo, useState } from "react";
import { useTranslations } from "use-intl";
import { Button, IconButton } from "@/ui/button";
import { CopyButton } from "@/ui/copy";
import { isFinal, textOf } from "./answer";
import { AnswerView } from "./answer-view";
import styles from "./chat.module.css";
import { Details } from "./details";
import { AskedPictures } from "./pictures";
import type { Runs } from "./runs";
import { contentOf, picturesOf, questionOf, type Step } from "./tree";
import { isSending } from "./typing";
import { useAnswer } from "./use-runs";

/** Never change between renders. */
export interface TurnActs {
	onBranch: (id: string) => void;
	onSource: (response: string, number: number) => void;
	onAsk: (text: string, previous: string | null, pictures: readonly string[]) => void;
	onAnnounce: (text: string) => void;
}

interface TurnProps {
	step: Step;
	runs: Runs;
	acts: TurnActs;
	/** Whether one may ask, and nothing is under way. */
	free: boolean;
	openSource: number | null;
}

export const TurnView = memo(function TurnView({ step, runs, acts, free, openSource }: TurnProps) {
	const t = useTranslations("chat");
	const { turn } = step;
	const { answer, link } = useAnswer(runs, turn.response);
	const [editing, setEditing] = useState(false);
	const question = questionOf(turn);
	const ended = isFinal(answer.status);
	const shown = picturesOf(turn);
	const files = shown.filter((file) => file !== null);
	const again = () => acts.onAsk(question, turn.response.previous_response_id, files);
	const text = textOf(answer);
	return (
		<article className={styles.turn} data-live={!ended || undefined}>
			<h2 className="visually-hidden">{t("question")}</h2>
			{editing ? (
				<EditQuestion
					text={question}
					onCancel={() => setEditing(false)}
					onAsk={(next) => {
						setEditing(false);
						acts.onAsk(next, turn.response.previous_response_id, files);
					}}
				/>
			) : (
				<Question text={question} pictures={shown}>
					{free && (
						<IconButton
							size="s"
							label={t("edit")}
							icon={<Pencil size={14} />}
							onClick={() => setEditing(true)}
						/>
					)}
					<Branches step={step} onBranch={acts.onBranch} />
				</Question>
			)}
			<h2 className="visually-hidden">{t("answer")}</h2>
			<div className={styles.answer}>
				<AnswerView
					answer={answer}
					link={link}
					openSource={openSource}
					onSource={(number) => acts.onSource(turn.response.id, number)}
					onAnnounce={acts.onAnnounce}
					onAgain={free ? again : undefined}
				/>
				{answer.response.bulkhead?.images === "described" && (
					<p className={styles.hint}>{t("picturesDescribed")}</p>
				)}
				{ended && (
					<div className={styles.tools}>
						{text !== "" && <CopyButton text={text} label={t("copyAnswer")} />}
						{free && (
							<IconButton
								size="s"
								label={t("regenerate")}
								icon={<RefreshCw size={14} />}
								onClick={again}
							/>
						)}
						<Details turn={turn} />
					</div>
				)}
			</div>
		</article>
	);
});

interface QuestionProps {
	text: string;
	/** Files; null: one that is none of the organisation. */
	pictures: readonly (string | null)[];
	children?: React.ReactNode;
}

export function Question({ text, pictures, children }: QuestionProps) {
	return (
		<div className={styles.question}>
			<AskedPictures sources={pictures.map((file) => file && contentOf(file))} />
			<div className={styles.bubble} dir="auto">
				{text}
			</div>
			<div className={styles.questionTools}>{children}</div>
		</div>
	);
}

/** ‹ 2/3 › */
function Branches({ step, onBranch }: { step: Step; onBranch: (id: string) => void }) {
	const t = useTranslations("chat");
	const count = step.siblings.length;
	if (count < 2) return null;
	const at = step.siblings.indexOf(step.turn.response.id);
	const to = (place: number) => {
		const id = step.siblings[place];
		if (id !== undefined) onBranch(id);
	};
	return (
		<span className={styles.branches} role="group" aria-label={t("branches")}>
			<IconButton
				size="s"
				label={t("previousBranch")}
				icon={<ChevronLeft size={14} />}
				disabled={at === 0}
				onClick={() => to(at - 1)}
			/>
			<span className={styles.figure}>
				<span aria-hidden>
					{at + 1}/{count}
				</span>
				<span className="visually-hidden">{t("branchOf", { at: at + 1, count })}</span>
			</span>
			<IconButton
				size="s"
				label={t("nextBranch")}
				icon={<ChevronRight size={14} />}
				disabled={at === count - 1}
				onClick={() => to(at + 1)}
			/>
		</span>
	);
}

function EditQuestion({
	text,
	onCancel,
	onAsk,
}: {
	text: string;
	onCancel: () => void;
	onAsk: (text: string) => void;
}) {
	const t = useTranslations("chat");
	const [value, setValue] = useState(text);
	const ready = value.trim() !== "";
	const ask = () => ready && onAsk(value.trim());
	return (
		<form
			className={styles.edit}
			onSubmit={(event) => {
				event.preventDefault();
				ask();
			}}
		>
			<textarea
				// biome-ignore lint/a11y/noAutofocus: it was asked for by pressing Edit
				autoFocus
				className={styles.editField}
				aria-label={t("edit")}
				value={value}
				dir="auto"
				rows={3}
				onChange={(event) => setValue(event.target.value)}
				onKeyDown={(event) => {
					if (event.key === "Escape") {
						event.stopPropagation();
						onCancel();
					} else if (isSending(event)) {
						event.preventDefault();
						ask();
					}
				}}
			/>
			<div className={styles.editTools}>
				<span className={styles.hint}>{t("editHint")}</span>
				<Button size="s" onClick={onCancel}>
					{t("cancel")}
				</Button>
				<Button size="s" variant="primary" type="submit" disabled={!ready}>
					{t("askAgain")}
				</Button>
			</div>
		</form>
	);
}
