// SPDX-License-Identifier: Apache-2.0
// The same request from a program: curl, Python, Node. The key is read from the environment.

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

/** In single quotes for a shell. */
export function quoted(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function asCode(origin: string, { method = "GET", path, body }: CodeRequest): Snippet[] {
	const url = origin + path;
	const json = body === undefined ? undefined : JSON.stringify(body, null, 2);
	const curl = [
		`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`,
		`  -H "Authorization: Bearer $BULKHEAD_API_KEY"`,
		...(json === undefined
			? []
			: ['  -H "Content-Type: application/json"', `  -d ${quoted(json)}`]),
	].join(" \\\n");
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
		...(json === undefined
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
		...(json === undefined ? [] : [`  body: JSON.stringify(${json}),`]),
		"});",
		"console.log(await answer.text());",
	].join("\n");
	return [
		{ id: "curl", label: "curl", code: curl },
		{ id: "python", label: "Python", code: python },
		{ id: "node", label: "Node", code: node },
	];
}
