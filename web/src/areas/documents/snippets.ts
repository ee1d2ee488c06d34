// SPDX-License-Identifier: Apache-2.0
// What the document pages do, as code.
import { curlOf, type Snippet, withClient } from "@/api/snippets";
import type { Search } from "./queries";

export function storesSnippets(origin: string): Snippet[] {
	const path = "/v1/vector_stores";
	return withClient(origin, {
		curl: `${curlOf(origin, { path })}

${curlOf(origin, { path, body: { name: "Handbook" } })}`,
		python: `store = client.vector_stores.create(name="Handbook")
client.vector_stores.files.upload_and_poll(
    vector_store_id=store.id, file=open("handbook.pdf", "rb")
)
for store in client.vector_stores.list():
    print(store.id, store.name, store.file_counts.completed)`,
		node: `const store = await client.vectorStores.create({ name: "Handbook" });
for await (const each of client.vectorStores.list()) {
  console.log(each.id, each.name, each.file_counts.completed);
}`,
	});
}

export function filesSnippets(origin: string, store: string): Snippet[] {
	return withClient(origin, {
		curl: `${curlOf(origin, { path: "/v1/files", form: ["purpose=assistants", "file=@handbook.pdf"] })}

${curlOf(origin, { path: `/v1/vector_stores/${store}/files`, body: { file_id: "file-…" } })}`,
		python: `file = client.vector_stores.files.upload_and_poll(
    vector_store_id="${store}", file=open("handbook.pdf", "rb")
)
print(file.status, file.last_error)`,
		node: `import { createReadStream } from "node:fs";

const file = await client.vectorStores.files.uploadAndPoll(
  "${store}",
  createReadStream("handbook.pdf"),
);
console.log(file.status, file.last_error);`,
	});
}

export function searchSnippets(origin: string, store: string, body: Search): Snippet[] {
	return withClient(origin, {
		curl: curlOf(origin, { path: `/v1/vector_stores/${store}/search`, body }),
		python: `import json

page = client.post(
    "/vector_stores/${store}/search",
    body=json.loads(${JSON.stringify(JSON.stringify(body))}),
    cast_to=object,
)
print(json.dumps(page, indent=2))`,
		node: `const page = await client.post("/vector_stores/${store}/search", {
  body: ${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")},
});
console.log(page);`,
	});
}
