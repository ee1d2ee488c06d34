// SPDX-License-Identifier: Apache-2.0
// Working code for what the pages do. The key is read from the environment.
import type { Search } from "./queries";

export interface Snippet {
	id: "curl" | "python" | "node";
	label: string;
	code: string;
}

const AUTH = '-H "Authorization: Bearer $BULKHEAD_API_KEY"';

/** Into single quotes of a shell. */
export const shell = (text: string) => text.replaceAll("'", `'\\''`);

function clients(origin: string) {
	return {
		python: `# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["BULKHEAD_API_KEY"])`,
		node: `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${origin}/v1",
  apiKey: process.env.BULKHEAD_API_KEY,
});`,
	};
}

export function storesSnippets(origin: string): Snippet[] {
	const { python, node } = clients(origin);
	return [
		{
			id: "curl",
			label: "curl",
			code: `curl ${origin}/v1/vector_stores ${AUTH}

curl ${origin}/v1/vector_stores ${AUTH} \\
  -H "Content-Type: application/json" -d '{"name": "Handbook"}'`,
		},
		{
			id: "python",
			label: "Python",
			code: `${python}

store = client.vector_stores.create(name="Handbook")
client.vector_stores.files.upload_and_poll(
    vector_store_id=store.id, file=open("handbook.pdf", "rb")
)
for store in client.vector_stores.list():
    print(store.id, store.name, store.file_counts.completed)`,
		},
		{
			id: "node",
			label: "Node",
			code: `${node}
const store = await client.vectorStores.create({ name: "Handbook" });
for await (const each of client.vectorStores.list()) {
  console.log(each.id, each.name, each.file_counts.completed);
}`,
		},
	];
}

export function filesSnippets(origin: string, store: string): Snippet[] {
	const { python, node } = clients(origin);
	return [
		{
			id: "curl",
			label: "curl",
			code: `curl ${origin}/v1/files ${AUTH} \\
  -F purpose=assistants -F file=@handbook.pdf

curl ${origin}/v1/vector_stores/${store}/files ${AUTH} \\
  -H "Content-Type: application/json" -d '{"file_id": "file-…"}'`,
		},
		{
			id: "python",
			label: "Python",
			code: `${python}

file = client.vector_stores.files.upload_and_poll(
    vector_store_id="${store}", file=open("handbook.pdf", "rb")
)
print(file.status, file.last_error)`,
		},
		{
			id: "node",
			label: "Node",
			code: `${node}
import { createReadStream } from "node:fs";

const file = await client.vectorStores.files.uploadAndPoll(
  "${store}",
  createReadStream("handbook.pdf"),
);
console.log(file.status, file.last_error);`,
		},
	];
}

export function searchSnippets(origin: string, store: string, body: Search): Snippet[] {
	const { python, node } = clients(origin);
	const json = JSON.stringify(body, null, 2);
	return [
		{
			id: "curl",
			label: "curl",
			code: `curl ${origin}/v1/vector_stores/${store}/search ${AUTH} \\
  -H "Content-Type: application/json" -d '${shell(json)}'`,
		},
		{
			id: "python",
			label: "Python",
			code: `${python}
import json

page = client.post(
    "/vector_stores/${store}/search",
    body=json.loads(${JSON.stringify(JSON.stringify(body))}),
    cast_to=object,
)
print(json.dumps(page, indent=2))`,
		},
		{
			id: "node",
			label: "Node",
			code: `${node}
const page = await client.post("/vector_stores/${store}/search", {
  body: ${json.replaceAll("\n", "\n  ")},
});
console.log(page);`,
		},
	];
}
