// SPDX-License-Identifier: Apache-2.0
// docs.mjs: writes the API reference into the export, out/docs/: static pages, made from api/openapi.yaml.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { addressOf, errorsPage, frame, indexPage, operationPage } from "./docs/pages.mjs";
import { readReference } from "./docs/reference.mjs";

const require = createRequire(import.meta.url);

/** A file that is named by its content, for it is kept for a year; its address. */
function keep(out, name, bytes) {
	const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
	const folder = join(out, "_next/static/docs");
	mkdirSync(folder, { recursive: true });
	const kept = name.replace(/\.(\w+)$/, `.${hash}.$1`);
	writeFileSync(join(folder, kept), bytes);
	return `/_next/static/docs/${kept}`;
}

function styleOf(out, root) {
	const font = keep(
		out,
		"inter.woff2",
		readFileSync(require.resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")),
	);
	const face = `@font-face{font-family:"Inter Variable";font-weight:100 900;font-display:swap;src:url(${font}) format("woff2-variations")}\n`;
	const parts = ["src/design/tokens.css", "src/design/base.css", "scripts/docs/docs.css"];
	return keep(
		out,
		"docs.css",
		face + parts.map((path) => readFileSync(join(root, path), "utf8")).join("\n"),
	);
}

export function writeDocs(root, out) {
	const { api, operations, groups, errors } = readReference(
		join(root, "../api/openapi.yaml"),
		join(root, "../src/base/errors.def"),
	);
	const style = styleOf(out, root);
	const script = keep(out, "docs.js", readFileSync(join(root, "scripts/docs/docs.js")));
	const write = (address, title, main, op) => {
		const path = join(out, address, "index.html");
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, frame({ title, groups, op, main, style, script }));
	};

	if (new Set(operations.map(addressOf)).size !== operations.length)
		throw new Error("two operations of api/openapi.yaml would have the same page");
	write("/docs/", "API reference", indexPage(api, groups));
	write("/docs/errors/", "Errors", errorsPage(errors));
	for (const op of operations) write(addressOf(op), op.summary, operationPage(api, op), op);
	const rows = operations.map((op) => [op.method, op.path, op.summary, op.tag, addressOf(op)]);
	writeFileSync(join(out, "docs/search.json"), `${JSON.stringify(rows)}\n`);
	return operations.length;
}
