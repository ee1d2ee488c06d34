// SPDX-License-Identifier: Apache-2.0
// A chat as Markdown: what one sees of it, with its sources as footnotes.
import { type Answer, answerOf } from "./answer";
import { MARK, sourcesOf, withMarks } from "./citations";
import { questionOf, type Step } from "./tree";

export interface ExportWords {
	question: string;
	answer: string;
	page: (page: number) => string;
}

function answerText(answer: Answer, turn: number): { text: string; notes: string[] } {
	const { sources, numbers } = sourcesOf(answer);
	const parts = answer.items.flatMap((item) => {
		if (item.type !== "message") return [];
		const marked = withMarks(item.text, item.citations);
		return [
			marked.replace(MARK, (_, at: string) => {
				const citation = item.citations[Number(at)];
				return citation ? `[^${turn}-${numbers.get(citation) ?? 0}]` : "";
			}),
		];
	});
	return {
		text: parts.join("\n\n").trim(),
		notes: sources.map((source) => `[^${turn}-${source.number}]: `),
	};
}

/** The steps of a path, the oldest first. */
export function toMarkdown(title: string, path: readonly Step[], words: ExportWords): string {
	const lines = [`# ${title}`, ""];
	path.forEach(({ turn }, index) => {
		const answer = answerOf(turn.response);
		const { sources } = sourcesOf(answer);
		const { text, notes } = answerText(answer, index + 1);
		lines.push(
			`## ${words.question}`,
			"",
			questionOf(turn),
			"",
			`## ${words.answer}`,
			"",
			text === "" ? (turn.response.error?.message ?? "") : text,
			"",
		);
		sources.forEach((source, at) => {
			const page = source.citation.bulkhead.page_start;
			lines.push(
				`${notes[at]}${source.citation.filename.replace(/\s+/g, " ")}${page ? `, ${words.page(page)}` : ""}`,
			);
		});
		if (sources.length > 0) lines.push("");
	});
	return `${lines.join("\n").trimEnd()}\n`;
}

/** A file's name from a title that anybody may have chosen. */
export function fileName(title: string): string {
	const name = title
		.normalize("NFKC")
		.replace(/[^\p{L}\p{N} ._-]+/gu, " ")
		.trim()
		.replace(/\s+/g, "-")
		.replace(/^[.-]+/, "")
		.slice(0, 80);
	return `${name === "" ? "chat" : name}.md`;
}

export function download(name: string, text: string): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
