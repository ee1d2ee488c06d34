// SPDX-License-Identifier: Apache-2.0
// One block of an answer as Markdown. Loaded with the first answer; whatever a model writes is text, never markup.
"use client";
import {
	Component,
	type ComponentProps,
	createContext,
	memo,
	type ReactNode,
	useContext,
	useEffect,
	useMemo,
	useState,
} from "react";
import Markdown, { type Components } from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remend from "remend";
import { useTranslations } from "use-intl";
import { CopyButton } from "@/ui/copy";
import styles from "./answer.module.css";
import { isHostile, isOpenFence } from "./blocks";
import { CitationContext } from "./citation-context";
import { MARK, MARKS, withoutMarks } from "./citations";
import type { Piece } from "./highlight";

interface HastNode {
	type: string;
	tagName?: string;
	value?: string;
	properties?: Record<string, unknown>;
	children?: HastNode[];
}

/** Marks become elements of their own; those in code stand behind it. Runs after the sanitiser, which knows no such element. */
function rehypeMarks() {
	const element = (at: string): HastNode => ({
		type: "element",
		tagName: "cite-mark",
		properties: { at },
		children: [],
	});
	const plain = (value: string): HastNode[] => (value === "" ? [] : [{ type: "text", value }]);
	// With the word before it: a number never begins a line.
	const split = (text: string): HastNode[] => {
		const out: HastNode[] = [];
		let from = 0;
		for (const match of text.matchAll(MARKS)) {
			const word = /\S{0,30}$/.exec(text.slice(from, match.index))?.[0] ?? "";
			out.push(...plain(text.slice(from, match.index - word.length)));
			out.push({
				type: "element",
				tagName: "cite-join",
				properties: {},
				children: [
					...plain(word),
					...[...match[0].matchAll(MARK)].map((each) => element(each[1] ?? "")),
				],
			});
			from = match.index + match[0].length;
		}
		out.push(...plain(text.slice(from)));
		return out;
	};
	const take = (node: HastNode, found: HastNode[]) => {
		if (node.type === "text" && node.value !== undefined) {
			for (const match of node.value.matchAll(MARK)) found.push(element(match[1] ?? ""));
			node.value = withoutMarks(node.value);
		}
		for (const child of node.children ?? []) take(child, found);
	};
	const walk = (node: HastNode) => {
		if (!node.children) return;
		node.children = node.children.flatMap((child) => {
			if (child.type === "text") return split(child.value ?? "");
			if (child.tagName === "pre" || child.tagName === "code") {
				const found: HastNode[] = [];
				take(child, found);
				return [child, ...found];
			}
			walk(child);
			return [child];
		});
	};
	return walk;
}

const schema = {
	...defaultSchema,
	tagNames: (defaultSchema.tagNames ?? []).filter(
		(name) => !["picture", "source", "details", "summary"].includes(name),
	),
	protocols: { ...defaultSchema.protocols, href: ["http", "https", "mailto"] },
};

const remarkPlugins = [remarkGfm];
const rehypePlugins: ComponentProps<typeof Markdown>["rehypePlugins"] = [
	[rehypeSanitize, schema],
	rehypeMarks,
];

/** Only addresses of elsewhere; nothing that a model writes leads into the console, and no picture is fetched. */
function SafeLink({ href, children }: { href?: string; children?: ReactNode }) {
	const t = useTranslations("chat");
	if (!href || !/^(https?:\/\/|mailto:)/i.test(href)) return <span>{children}</span>;
	return (
		<a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
			{children}
			<span className="visually-hidden"> {t("newTab")}</span>
		</a>
	);
}

function Heading({ children }: { children?: ReactNode }) {
	return <h3>{children}</h3>;
}

const components: Components = {
	h1: Heading,
	h2: Heading,
	h3: Heading,
	h4: Heading,
	h5: Heading,
	h6: Heading,
	a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
	img: ({ src, alt }) => (
		<SafeLink href={typeof src === "string" ? src : undefined}>
			{alt === "" || alt === undefined ? String(src ?? "") : alt}
		</SafeLink>
	),
	input: ({ checked }) => <span aria-hidden>{checked ? "☑" : "☐"} </span>,
	pre: ({ children }) => <>{children}</>,
	table: ({ children }) => (
		<div className={styles.tableBox} tabIndex={0}>
			<table>{children}</table>
		</div>
	),
	code: ({ className, children, node }) => {
		const text = String(children ?? "");
		const isBlock =
			text.endsWith("\n") ||
			(node?.position && node.position.start.line !== node.position.end.line);
		return isBlock ? (
			<Code
				code={text.replace(/\n$/, "")}
				language={/language-([\w+-]+)/.exec(className ?? "")?.[1] ?? ""}
			/>
		) : (
			<code>{children}</code>
		);
	},
};

const withMark = {
	...components,
	"cite-mark": ({ at }: { at?: string }) => <MarkSlot at={Number(at)} />,
	"cite-join": ({ children }: { children?: ReactNode }) => (
		<span className={styles.joined}>{children}</span>
	),
} as Components;

function MarkSlot({ at }: { at: number }) {
	return useContext(CitationContext)(at);
}

function Code({ code, language }: { code: string; language: string }) {
	const t = useTranslations("chat");
	const ui = useTranslations("ui");
	const [pieces, setPieces] = useState<Piece[] | null>(null);
	const open = useContext(OpenContext);
	useEffect(() => {
		if (open || language === "") return;
		let current = true;
		void import("./highlight").then(
			({ highlight }) => current && setPieces(highlight(code, ALIASES[language] ?? language)),
		);
		return () => {
			current = false;
		};
	}, [code, language, open]);
	const name = language === "" ? t("code") : language;
	return (
		<figure className={styles.code} aria-label={name}>
			<figcaption className={styles.codeHead}>
				<span>{name}</span>
				<CopyButton text={code} label={ui("copyOf", { what: name })} />
			</figcaption>
			<pre tabIndex={0}>
				<code>
					{pieces && pieces.map((piece) => piece.text).join("") === code
						? pieces.map((piece, index) => (
								<span key={index} data-kind={KINDS[piece.kind.split(" ")[0] ?? ""]}>
									{piece.text}
								</span>
							))
						: code}
				</code>
			</pre>
		</figure>
	);
}

const ALIASES: Record<string, string> = {
	sh: "bash",
	shell: "bash",
	js: "javascript",
	jsx: "javascript",
	ts: "typescript",
	tsx: "typescript",
	py: "python",
	html: "xml",
	svg: "xml",
	yml: "yaml",
	h: "c",
	cpp: "c",
};

/** Of highlight.js's many classes, the few that are worth a colour. */
const KINDS: Record<string, string> = {
	"hljs-comment": "comment",
	"hljs-quote": "comment",
	"hljs-keyword": "word",
	"hljs-literal": "word",
	"hljs-type": "word",
	"hljs-built_in": "word",
	"hljs-tag": "word",
	"hljs-name": "word",
	"hljs-string": "string",
	"hljs-regexp": "string",
	"hljs-number": "number",
	"hljs-title": "name",
	"hljs-attr": "name",
	"hljs-attribute": "name",
	"hljs-variable": "name",
	"hljs-meta": "comment",
};

const OpenContext = createContext(false);

/** What a parser gives up on is shown as it is. */
class Guard extends Component<{ text: string; children: ReactNode }, { failed: boolean }> {
	override state = { failed: false };
	static getDerivedStateFromError() {
		return { failed: true };
	}
	override render() {
		return this.state.failed ? <Plain text={this.props.text} /> : this.props.children;
	}
}

export function Plain({ text }: { text: string }) {
	return <p className={styles.plain}>{withoutMarks(text)}</p>;
}

interface BlockProps {
	text: string;
	/** The last one of an answer that is being written. */
	live: boolean;
}

export const Block = memo(function Block({ text, live }: BlockProps) {
	const t = useTranslations("chat");
	// Before anything else reads it: completing what is half written is work as well.
	const hostile = useMemo(() => isHostile(text), [text]);
	const source = useMemo(
		() => (live && !hostile ? remend(text, { linkMode: "text-only", images: false }) : text),
		[text, live, hostile],
	);
	if (hostile) return <Plain text={text} />;
	return (
		<Guard text={text}>
			<OpenContext value={live && isOpenFence(text)}>
				<Markdown
					remarkPlugins={remarkPlugins}
					rehypePlugins={rehypePlugins}
					remarkRehypeOptions={{ footnoteLabel: t("footnotes") }}
					components={withMark}
				>
					{source}
				</Markdown>
			</OpenContext>
		</Guard>
	);
});
