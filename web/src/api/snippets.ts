// SPDX-License-Identifier: Apache-2.0
// Requests as code: curl, Python, Node. The key is read from the environment: what is pasted into a file should hold no secret.

export interface CodeRequest {
	method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** With its query. */
	path: string;
	body?: unknown;
}

export interface Snippet {
	id: "curl" | "python" | "node";
	label: string;
	code: string;
}

/** Makes them for an installation's address. */
export type SnippetsOf = (origin: string) => Snippet[];

/** In single quotes for a shell. */
export function quoted(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}

const three = (curl: string, python: string, node: string): Snippet[] => [
	{ id: "curl", label: "curl", code: curl },
	{ id: "python", label: "Python", code: python },
	{ id: "node", label: "Node", code: node },
];

/** `form`: what is sent as a form instead of a body, such as `file=@handbook.pdf`. */
export function curlOf(
	origin: string,
	{ method, path, body, form = [] }: CodeRequest & { form?: string[] },
): string {
	const implied = body === undefined ? "GET" : "POST";
	return [
		`curl ${method === undefined || method === implied ? "" : `-X ${method} `}${quoted(origin + path)}`,
		`  -H "Authorization: Bearer $BULKHEAD_API_KEY"`,
		...form.map((field) => `  -F ${quoted(field)}`),
		...(body === undefined
			? []
			: ['  -H "Content-Type: application/json"', `  -d ${quoted(JSON.stringify(body, null, 2))}`]),
	].join(" \\\n");
}

/** With nothing but what each language brings. */
export function asCode(origin: string, request: CodeRequest): Snippet[] {
	const { method = "GET", path, body } = request;
	const url = origin + path;
	const python = [
		"import json",
		"import os",
		"import urllib.request",
		"",
		"request = urllib.request.Request(",
		`    ${JSON.stringify(url)},`,
		`    method=${JSON.stringify(method)},`,
		'    headers={"Authorization": "Bearer " + os.environ["BULKHEAD_API_KEY"],',
		'             "Content-Type": "application/json"},',
		...(body === undefined
			? []
			: [`    data=json.dumps(json.loads(${JSON.stringify(JSON.stringify(body))})).encode(),`]),
		")",
		"with urllib.request.urlopen(request) as answer:",
		"    print(answer.read().decode())",
	].join("\n");
	const node = [
		`const answer = await fetch(${JSON.stringify(url)}, {`,
		`  method: ${JSON.stringify(method)},`,
		"  headers: {",
		'    Authorization: "Bearer " + process.env.BULKHEAD_API_KEY,',
		'    "Content-Type": "application/json",',
		"  },",
		...(body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body, null, 2)}),`]),
		"});",
		"console.log(await answer.text());",
	].join("\n");
	return three(curlOf(origin, request), python, node);
}

/** With OpenAI's clients, which know what is below /v1; `python` and `node` use `client`. */
export function withClient(
	origin: string,
	{ curl, python, node }: { curl: string; python: string; node: string },
): Snippet[] {
	return three(
		curl,
		`# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["BULKHEAD_API_KEY"])
${python}`,
		`// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${origin}/v1",
  apiKey: process.env.BULKHEAD_API_KEY,
});
${node}`,
	);
}
