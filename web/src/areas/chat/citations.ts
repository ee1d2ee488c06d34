// SPDX-License-Identifier: Apache-2.0
// Citations in a text: from positions in code points to marks that survive Markdown, and to numbered sources.
import type { Answer, Citation, Hit } from "./answer";

// Private characters; what of them a model writes itself becomes U+FFFD, which is as long.
const OPEN = "\uE000";
const CLOSE = "\uE001";
export const MARK = /\uE000(\d+)\uE001/g;
/** Those that stand at one place. */
export const MARKS = /(?:\uE000\d+\uE001)+/g;

const hasPairs = (text: string) => /[\ud800-\udbff]/.test(text);

/** Where in a string (UTF-16) a position in code points lies; positions ascend. */
export function unitsOf(text: string, points: readonly number[]): number[] {
	if (!hasPairs(text)) return points.map((point) => Math.min(point, text.length));
	const found: number[] = [];
	let units = 0;
	let at = 0;
	for (const point of points) {
		while (at < point && units < text.length) {
			units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
			at++;
		}
		found.push(units);
	}
	return found;
}

/** Code points [start, end) of a text. */
export function slicePoints(text: string, start: number, end: number): string {
	const [from = 0, to = 0] = unitsOf(text, [Math.max(0, start), Math.max(0, start, end)]);
	return text.slice(from, to);
}

export interface Source {
	/** From 1, in the order of first appearance. */
	number: number;
	citation: Citation;
	hit: Hit | undefined;
}

/** Which source each citation of an answer belongs to; one passage is one source. */
export function sourcesOf(answer: Answer): { sources: Source[]; numbers: Map<Citation, number> } {
	const hits = answer.items.flatMap((item) => (item.type === "search" ? (item.hits ?? []) : []));
	const byPlace = new Map<string, Source>();
	const numbers = new Map<Citation, number>();
	for (const item of answer.items) {
		if (item.type !== "message") continue;
		for (const citation of item.citations) {
			const { chunk_id, start } = citation.bulkhead;
			const place = `${citation.file_id} ${chunk_id ?? start}`;
			let source = byPlace.get(place);
			if (!source) {
				const hit = hits.find(
					(each) => each.file_id === citation.file_id && covers(each, citation),
				);
				source = { number: byPlace.size + 1, citation, hit };
				byPlace.set(place, source);
			}
			numbers.set(citation, source.number);
		}
	}
	return { sources: [...byPlace.values()], numbers };
}

function covers(hit: Hit, citation: Citation): boolean {
	const { chunk_id, start, end } = citation.bulkhead;
	if (chunk_id !== undefined && hit.bulkhead?.chunk_id === chunk_id) return true;
	return (
		hit.bulkhead?.start !== undefined &&
		hit.bulkhead.end !== undefined &&
		hit.bulkhead.start <= start &&
		hit.bulkhead.end >= end
	);
}

/** The sentence that states it, as far as the search's results have it. */
export function quoteOf(source: Source, citation: Citation = source.citation): string | undefined {
	const { quote_start, quote_end } = citation.bulkhead;
	const start = source.hit?.bulkhead?.start;
	const text = source.hit?.text;
	if (text === undefined) return undefined;
	if (quote_start === undefined || quote_end === undefined || start === undefined) return text;
	const quote = slicePoints(text, quote_start - start, quote_end - start).trim();
	return quote === "" ? text : quote;
}

/** The text with a mark behind each cited sentence: the citation's position in the list. */
export function withMarks(text: string, citations: readonly Citation[]): string {
	const clean = text.replace(/[\uE000\uE001]/g, "\uFFFD");
	if (citations.length === 0) return clean;
	const order = citations
		.map((citation, at) => ({ at, point: citation.index }))
		.sort((a, b) => a.point - b.point || a.at - b.at);
	const units = unitsOf(
		clean,
		order.map((each) => each.point),
	);
	let out = "";
	let from = 0;
	order.forEach(({ at }, place) => {
		const to = units[place] ?? clean.length;
		out += `${clean.slice(from, to)}${OPEN}${at}${CLOSE}`;
		from = to;
	});
	return out + clean.slice(from);
}

export function withoutMarks(text: string): string {
	return text.replace(MARK, "");
}
