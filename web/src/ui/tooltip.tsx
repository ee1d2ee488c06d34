// SPDX-License-Identifier: Apache-2.0
// A tooltip names or explains; it never holds what is nowhere else. A page has one for all of its elements: of each only the
// text is kept, so that a list of thousands pays nothing for them.
"use client";
import {
	cloneElement,
	type ReactElement,
	type ReactNode,
	type Ref,
	type RefObject,
	useEffect,
	useLayoutEffect,
	useRef,
	useState,
} from "react";
import styles from "./overlay.module.css";
import { placeBeside } from "./place";

/** What costs something to make is made when it is shown. */
type Text = ReactNode | (() => ReactNode);

const DELAY_MS = 400;
/** The way from the element to its tooltip. */
const LINGER_MS = 120;
const MARKED = "data-hint";

const texts = new WeakMap<Element, Text>();
/** The element that is told of, and what draws it again. */
const shown: { element: Element | null; renew: () => void } = {
	element: null,
	renew: () => undefined,
};

type Marked = ReactElement<{ ref?: Ref<Element>; [MARKED]?: "" }>;

export function Tooltip({ text, children }: { text: Text; children: ReactElement }) {
	const child = children as Marked;
	return cloneElement(child, { [MARKED]: "", ref: remember(text, child.props.ref) });
}

/** Keeps the text of an element, and its own reference. */
const remember = (text: Text, own: Ref<Element> | undefined) => (element: Element | null) => {
	if (element) texts.set(element, text);
	if (shown.element && (!element || element === shown.element)) shown.renew();
	if (typeof own === "function") own(element);
	else if (own) own.current = element;
};

/** The one tooltip of a page; stands where the providers do. */
export function TooltipLayer() {
	const box = useRef<HTMLDivElement>(null);
	const element = useElement(box);
	useLayoutEffect(() => {
		if (!element) return;
		box.current?.showPopover();
		return () => box.current?.hidePopover();
	}, [element]);
	useLayoutEffect(() => {
		if (element && box.current) place(box.current, element);
	});
	const text = element && texts.get(element);
	return (
		<div ref={box} popover="manual" className={styles.tooltip}>
			{typeof text === "function" ? text() : text}
		</div>
	);
}

const place = (box: HTMLElement, element: Element) =>
	placeBeside(box, element, { side: "top", align: "center", gapPx: 6 });

const CONTROLS = "a, button, input, select, textarea, label";

/** The mouse is over the tooltip, which lets it through: what one can press below it goes before. */
function isOver(box: HTMLElement | null, { target, clientX, clientY }: PointerEvent) {
	const at = box?.getBoundingClientRect();
	return (
		at !== undefined &&
		clientX >= at.left &&
		clientX <= at.right &&
		clientY >= at.top &&
		clientY <= at.bottom &&
		!(target instanceof Element && target.closest(CONTROLS))
	);
}

/**
 * The element whose tooltip is shown: the mouse rests on it, or a key has brought the focus. The mouse may go on to the
 * tooltip; a press and Escape end it.
 */
function useElement(box: RefObject<HTMLDivElement | null>) {
	const [element, setElement] = useState<Element | null>(null);
	const [, setAgain] = useState(0);
	useEffect(() => {
		let wanted: Element | null = null;
		let timer: ReturnType<typeof setTimeout>;
		const show = (next: Element | null) => {
			shown.element = next?.isConnected ? next : null;
			setElement(shown.element);
		};
		const want = (next: Element | null, afterMs: number) => {
			wanted = next;
			clearTimeout(timer);
			if (next !== shown.element) timer = setTimeout(() => show(next), afterMs);
		};
		const end = () => {
			clearTimeout(timer);
			if (shown.element) show(null);
		};
		const markedOf = ({ target }: Event) =>
			target instanceof Element ? target.closest(`[${MARKED}]`) : null;
		const hover = (event: Event) => {
			if ((event as PointerEvent).pointerType === "touch") return;
			if (shown.element && isOver(box.current, event as PointerEvent))
				return want(shown.element, 0);
			const next = markedOf(event);
			if (next !== wanted) want(next, next ? (shown.element ? 0 : DELAY_MS) : LINGER_MS);
		};
		const listeners: Record<string, (event: Event) => void> = {
			pointerover: hover,
			pointermove: (event) => shown.element && hover(event),
			focusin: (event) => {
				if ((event.target as Element).matches(":focus-visible")) want(markedOf(event), 0);
			},
			focusout: () => shown.element && want(null, 0),
			pointerdown: end,
			keydown: (event) => (event as globalThis.KeyboardEvent).key === "Escape" && end(),
			scroll: () => shown.element && box.current && place(box.current, shown.element),
		};
		shown.renew = () =>
			queueMicrotask(() => (shown.element?.isConnected ? setAgain((count) => count + 1) : end()));
		const options = { capture: true, passive: true };
		for (const [name, listener] of Object.entries(listeners))
			document.addEventListener(name, listener, options);
		return () => {
			end();
			shown.renew = () => undefined;
			for (const [name, listener] of Object.entries(listeners))
				document.removeEventListener(name, listener, options);
		};
	}, [box]);
	return element;
}
