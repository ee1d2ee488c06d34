// SPDX-License-Identifier: Apache-2.0
// export.mjs: finishes an export: scripts out of the pages and after their first paint, compressed twins, sizes held
// against budgets.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const KB = 1000;
/** JavaScript that a page loads at once, gzipped; the whole export with its compressed twins. */
export const BUDGETS = { "/sign-in/": 160 * KB, route: 350 * KB, css: 25 * KB, all: 5000 * KB };
const COMPRESSED = new Set([".html", ".js", ".css", ".svg", ".txt", ".json"]);

function walk(folder) {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
}

/** The policy allows no inline script: each becomes a file that is named by its content. */
export function moveScripts(html, write) {
	return html.replace(/<script((?:\s[^>]*)?)>([\s\S]*?)<\/script>/g, (whole, attributes, body) => {
		if (/\ssrc=/.test(attributes) || body.trim() === "") return whole;
		return `<script${attributes} src="${asFile(body, write)}"></script>`;
	});
}

/** Its address; named by its content. */
function asFile(body, write) {
	const name = `${createHash("sha256").update(body).digest("hex").slice(0, 20)}.js`;
	write(name, body);
	return `/_next/static/inline/${name}`;
}

/** Of a script that is delivered as it is written: without lines of comment and without indents. */
export function shorter(source) {
	return source.replace(/^\s*\/[/*].*$/gm, "").replace(/^\s+/gm, "");
}

/**
 * Tells the browser that a chunk is run as soon as it is there, so that it is compiled beside the page's own thread
 * rather than in it, function by function: https://v8.dev/blog/explicit-compile-hints. For others it is a comment.
 */
function hint(chunk) {
	writeFileSync(chunk, `//# allFunctionsCalledOnLoad\n${readFileSync(chunk, "utf8")}`);
}

/** A page's chunks are fetched and run by the script at `start`, which runs when the page has been read. */
export function runLater(html, start) {
	const chunks = new Set();
	const rest = html
		.replace(/<link rel="preload" as="script"[^>]*>/g, "")
		.replace(/<script src="(\/_next\/static\/chunks\/[^"]+)" async=""><\/script>/g, (_, src) => {
			chunks.add(src);
			return "";
		});
	// Who types at once is waited for by nothing else.
	if (chunks.size === 0 || /<form[\s>]/.test(html)) return html;
	const script = `<script src="${start}" data-scripts="${[...chunks].join(" ")}" defer=""></script>`;
	return rest.replace("</body>", `${script}</body>`);
}

/** What the policy would refuse in a page, in words; empty when nothing. */
export function faults(html) {
	const found = [];
	if (/<style[\s>]/.test(html)) found.push("a style element");
	const styled = html.match(/<[^>]*\sstyle="[^"]*"[^>]*>/);
	if (styled) found.push(`a style attribute: ${styled[0].slice(0, 160)}`);
	if (/<[^>]*\son[a-z]+="/.test(html)) found.push("an event attribute");
	for (const [form] of html.matchAll(/<form[\s>][\s\S]*?<\/form>/g))
		if (
			/<input(?=[^>]*\stype="password")[^>]*\sname=/.test(form) &&
			!(/^<form[^>]*\smethod="post"/.test(form) && /<button[^>]*\sdisabled=""/.test(form))
		)
			found.push("a password that a browser would send before its script runs");
	return found;
}

function scriptsOf(html) {
	const tags = [...html.matchAll(/<script[^>]*\ssrc="([^"]+)"[^>]*>/g)].filter(
		([tag]) => !/\snomodule/i.test(tag),
	);
	const later = tags.flatMap(([tag]) => /\sdata-scripts="([^"]+)"/.exec(tag)?.[1].split(" ") ?? []);
	return [...tags.map(([, src]) => src), ...later].map((src) => src.split("?")[0]);
}

function stylesOf(html) {
	return [...html.matchAll(/<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"/g)].map(
		(match) => match[1].split("?")[0],
	);
}

function gzip(bytes) {
	return gzipSync(bytes, { level: 9 });
}

function brotli(bytes) {
	return brotliCompressSync(bytes, {
		params: {
			[constants.BROTLI_PARAM_QUALITY]: 9,
			[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
		},
	});
}

function route(path, out) {
	return `/${relative(out, path).replace(/index\.html$/, "")}`;
}

/** Rows of route, JavaScript and CSS in gzipped bytes. */
function measure(out, pages) {
	const sizes = new Map();
	const size = (src) => {
		if (!sizes.has(src)) sizes.set(src, gzip(readFileSync(join(out, src))).length);
		return sizes.get(src);
	};
	const sum = (list) => [...new Set(list)].reduce((total, src) => total + size(src), 0);
	return pages.map((path) => {
		const html = readFileSync(path, "utf8");
		return { route: route(path, out), js: sum(scriptsOf(html)), css: sum(stylesOf(html)) };
	});
}

/** Of an export, finished or not: its pages, and all that a browser could ask for, gzipped where that is smaller. */
export function sizes(out) {
	const files = walk(out).filter((path) => ![".gz", ".br"].includes(extname(path)));
	const pages = measure(
		out,
		files.filter((path) => path.endsWith(".html")),
	);
	let all = 0;
	for (const path of files) {
		const bytes = readFileSync(path);
		all += isText(path, bytes) ? Math.min(gzip(bytes).length, bytes.length) : bytes.length;
	}
	return { pages, all };
}

function isText(path, bytes) {
	return COMPRESSED.has(extname(path)) && bytes.length > 256;
}

function writeTwins(out) {
	for (const path of walk(out)) {
		const bytes = readFileSync(path);
		if (!isText(path, bytes)) continue;
		const gz = gzip(bytes);
		if (gz.length >= bytes.length) continue;
		writeFileSync(`${path}.gz`, gz);
		writeFileSync(`${path}.br`, brotli(bytes));
	}
}

export function finish(out, id) {
	const inline = join(out, "_next/static/inline");
	mkdirSync(inline, { recursive: true });
	const pages = walk(out).filter((path) => path.endsWith(".html"));
	const problems = [];
	const write = (name, body) => writeFileSync(join(inline, name), body);
	const start = asFile(shorter(readFileSync(join(import.meta.dirname, "start.js"), "utf8")), write);
	const theme = join(out, "theme.js");
	writeFileSync(theme, shorter(readFileSync(theme, "utf8")));

	for (const path of pages) {
		const html = runLater(moveScripts(readFileSync(path, "utf8"), write), start);
		for (const fault of faults(html)) problems.push(`${route(path, out)} has ${fault}`);
		writeFileSync(path, html);
	}
	for (const path of walk(join(out, "_next/static/chunks"))) if (path.endsWith(".js")) hint(path);
	// Next's own names of the page that nobody asks for.
	rmSync(join(out, "404"), { recursive: true, force: true });
	rmSync(join(out, "_not-found"), { recursive: true, force: true });
	rmSync(join(out, "_not-found.txt"), { force: true });
	writeFileSync(join(out, "build.json"), `${JSON.stringify({ id })}\n`);

	const { pages: rows, all } = sizes(out);
	writeTwins(out);

	for (const row of rows) {
		const most = BUDGETS[row.route] ?? BUDGETS.route;
		if (row.js > most)
			problems.push(`${row.route} loads ${kb(row.js)} of JavaScript; ${kb(most)} is the budget`);
		if (row.css > BUDGETS.css)
			problems.push(`${row.route} loads ${kb(row.css)} of CSS; ${kb(BUDGETS.css)} is the budget`);
	}
	if (all > BUDGETS.all)
		problems.push(`the export has ${kb(all)}; ${kb(BUDGETS.all)} is the budget`);

	for (const row of rows)
		console.log(
			`${row.route.padEnd(28)} ${kb(row.js).padStart(9)} js ${kb(row.css).padStart(8)} css`,
		);
	console.log(`${"the whole export".padEnd(28)} ${kb(all).padStart(9)} gzipped`);
	if (problems.length > 0) {
		rmSync(out, { recursive: true, force: true });
		throw new Error(`the export was removed:\n  ${problems.join("\n  ")}`);
	}
}

function kb(bytes) {
	return `${(bytes / KB).toFixed(1)} kB`;
}
