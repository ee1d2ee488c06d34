// SPDX-License-Identifier: Apache-2.0
// code.mjs: the call of an operation in curl, Python and Node. The key is read from the environment.
import { example, resolve } from "./reference.mjs";

/** Pages are made before it is known where they will be: docs.js puts the instance's own address here. */
export const ORIGIN = "https://bulkhead.example";

function quoted(text) {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The path with what is required in its query. */
function address(api, op) {
	const query = op.parameters
		.filter((each) => each.in === "query" && each.required)
		.map((each) => `${each.name}=${encodeURIComponent(example(api, each.schema ?? {}))}`);
	return `${ORIGIN}${op.path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

function contentOf(op) {
	const [type, content] = Object.entries(op.body?.content ?? {})[0] ?? [];
	return { type, schema: content?.schema };
}

/** A body to begin with; undefined where it is no JSON. */
export function exampleBody(api, op) {
	const { type, schema } = contentOf(op);
	return type === "application/json" ? example(api, schema ?? {}) : undefined;
}

/** Members of a form: [name, whether it is a file]. */
function formOf(api, op) {
	const { type, schema } = contentOf(op);
	if (type !== "multipart/form-data") return null;
	const at = resolve(api, schema);
	const names = at.required ?? Object.keys(at.properties ?? { file: {} });
	return names.map((name) => {
		const member = resolve(api, at.properties?.[name] ?? {});
		return {
			name,
			isFile: member.format === "binary" || name === "file" || name === "data",
			value: String(example(api, member)),
		};
	});
}

function curl({ url, op, json, form, type }) {
	const lines = [`curl ${op.method === "GET" ? "" : `-X ${op.method} `}${quoted(url)}`];
	if (!op.isOpen) lines.push(`  -H "Authorization: Bearer $BULKHEAD_API_KEY"`);
	if (json !== undefined) {
		lines.push('  -H "Content-Type: application/json"');
		lines.push(`  -d ${quoted(JSON.stringify(json, null, 2))}`);
	} else if (form) {
		for (const each of form)
			lines.push(`  -F ${each.name}=${each.isFile ? "@document.pdf" : each.value}`);
	} else if (type) {
		lines.push(`  -H "Content-Type: ${type}"`, "  --data-binary @body");
	}
	return lines.join(" \\\n");
}

function python({ url, op, json, form, type }) {
	const lines = ["# pip install requests"];
	if (!op.isOpen) lines.push("import os");
	lines.push("import requests", "", `answer = requests.${op.method.toLowerCase()}(`);
	lines.push(`    ${JSON.stringify(url)},`);
	if (!op.isOpen)
		lines.push('    headers={"Authorization": "Bearer " + os.environ["BULKHEAD_API_KEY"]},');
	if (json !== undefined) lines.push(`    json=${pythonValue(json).replaceAll("\n", "\n    ")},`);
	for (const each of form ?? [])
		lines.push(
			each.isFile
				? `    files={"${each.name}": open("document.pdf", "rb")},`
				: `    data={"${each.name}": "${each.value}"},`,
		);
	if (json === undefined && !form && type) lines.push('    data=open("body", "rb"),');
	lines.push(")", "answer.raise_for_status()", "print(answer.text)");
	return lines.join("\n");
}

function pythonValue(value) {
	return JSON.stringify(value, null, 4).replace(/: (true|false|null)(?=[,\n])/g, (_, word) =>
		word === "null" ? ": None" : `: ${word[0].toUpperCase()}${word.slice(1)}`,
	);
}

function node({ url, op, json, form, type }) {
	const lines = [];
	if (form) {
		lines.push('import { openAsBlob } from "node:fs";', "", "const form = new FormData();");
		for (const each of form)
			lines.push(
				each.isFile
					? `form.append("${each.name}", await openAsBlob("document.pdf"), "document.pdf");`
					: `form.append("${each.name}", "${each.value}");`,
			);
	}
	lines.push(`const answer = await fetch(${JSON.stringify(url)}, {`);
	if (op.method !== "GET") lines.push(`  method: "${op.method}",`);
	const headers = [];
	if (!op.isOpen) headers.push('    Authorization: "Bearer " + process.env.BULKHEAD_API_KEY,');
	if (json !== undefined || (type && !form))
		headers.push(`    "Content-Type": "${json !== undefined ? "application/json" : type}",`);
	if (headers.length > 0) lines.push("  headers: {", ...headers, "  },");
	if (json !== undefined)
		lines.push(
			`  body: JSON.stringify(${JSON.stringify(json, null, 2).replaceAll("\n", "\n  ")}),`,
		);
	else if (form) lines.push("  body: form,");
	lines.push("});", "console.log(answer.status, await answer.text());");
	return lines.join("\n");
}

export function codeOf(api, op) {
	const call = {
		url: address(api, op),
		op,
		json: exampleBody(api, op),
		form: formOf(api, op),
		type: contentOf(op).type,
	};
	return [
		{ id: "curl", label: "curl", code: curl(call) },
		{ id: "python", label: "Python", code: python(call) },
		{ id: "node", label: "Node", code: node(call) },
	];
}
