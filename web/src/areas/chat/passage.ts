// SPDX-License-Identifier: Apache-2.0
// A text cut where a passage or a supporting sentence begins or ends.

export interface Range {
	start: number;
	end: number;
}

export interface Piece {
	/** In code points of the document. */
	start: number;
	text: string;
	passage: boolean;
	quote: boolean;
}

/** `text` begins at code point `offset` of the document; the ranges are the document's. */
export function piecesOf(
	text: string,
	offset: number,
	passage: Range,
	quotes: readonly Range[],
): Piece[] {
	const points = Array.from(text);
	const last = offset + points.length;
	const inside = (at: number, range: Range) => at >= range.start && at < range.end;
	const cuts = new Set([offset]);
	for (const range of [passage, ...quotes])
		for (const cut of [range.start, range.end]) if (cut > offset && cut < last) cuts.add(cut);
	const order = [...cuts].sort((a, b) => a - b);
	return order.flatMap((start, index) => {
		const part = points.slice(start - offset, (order[index + 1] ?? last) - offset).join("");
		return part === ""
			? []
			: [
					{
						start,
						text: part,
						passage: inside(start, passage),
						quote: quotes.some((quote) => inside(start, quote)),
					},
				];
	});
}
