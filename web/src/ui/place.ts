// SPDX-License-Identifier: Apache-2.0
// Where something small lies beside what it belongs to: on the wanted side if there is room, within the window in any case.

interface Place {
	side: "top" | "bottom";
	align: "start" | "center" | "end";
	gapPx: number;
}

const EDGE_PX = 8;
/** What is higher than its room scrolls; below this it would not show anything. */
const LEAST_PX = 96;

/** `box` is in the top layer, and shown. */
export function placeBeside(box: HTMLElement, anchor: Element, { side, align, gapPx }: Place) {
	const { clientWidth, clientHeight } = document.documentElement;
	const at = anchor.getBoundingClientRect();
	const above = at.top - gapPx - EDGE_PX;
	const below = clientHeight - at.bottom - gapPx - EDGE_PX;
	box.style.maxHeight = "";
	const { offsetWidth: width, offsetHeight: whole } = box;
	const wanted = side === "top" ? above : below;
	const up = wanted >= whole ? side === "top" : above > below;
	const height = Math.min(whole, Math.max(LEAST_PX, up ? above : below));
	const start = {
		start: at.left,
		center: at.left + (at.width - width) / 2,
		end: at.right - width,
	}[align];
	const left = Math.max(EDGE_PX, Math.min(start, clientWidth - width - EDGE_PX));
	box.style.maxHeight = `${height}px`;
	box.style.left = `${left}px`;
	box.style.top = `${up ? at.top - gapPx - height : at.bottom + gapPx}px`;
}
