// SPDX-License-Identifier: Apache-2.0
// Working code for a model, by its kind. The key is read from the environment.
import type { Kind } from "@/api/models";

export interface Snippet {
	id: "curl" | "python" | "node";
	label: string;
	code: string;
}

interface Call {
	path: string;
	body: object;
	python: string;
	node: string;
}

function callOf(kind: Kind, model: string): Call {
	const name = JSON.stringify(model);
	switch (kind) {
		case "chat":
			return {
				path: "/chat/completions",
				body: { model, messages: [{ role: "user", content: "Say hello." }] },
				python: `answer = client.chat.completions.create(
    model=${name},
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`,
				node: `const answer = await client.chat.completions.create({
  model: ${name},
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.choices[0].message.content);`,
			};
		case "embedding":
			return {
				path: "/embeddings",
				body: { model, input: "The harbour opens at six." },
				python: `answer = client.embeddings.create(
    model=${name}, input="The harbour opens at six."
)
print(len(answer.data[0].embedding))`,
				node: `const answer = await client.embeddings.create({
  model: ${name},
  input: "The harbour opens at six.",
});
console.log(answer.data[0].embedding.length);`,
			};
		case "rerank": {
			const body = {
				model,
				query: "When does the harbour open?",
				documents: ["The harbour opens at six.", "The chef likes plums."],
			};
			return {
				path: "/rerank",
				body,
				python: `answer = client.post(
    "/rerank",
    body=${JSON.stringify(body)},
    cast_to=object,
)
print(answer["results"])`,
				node: `const answer = await client.post("/rerank", {
  body: ${JSON.stringify(body)},
});
console.log(answer.results);`,
			};
		}
	}
}

export function snippets(origin: string, kind: Kind, model: string): Snippet[] {
	const call = callOf(kind, model);
	return [
		{
			id: "curl",
			label: "curl",
			code: `curl ${origin}/v1${call.path} \\
  -H "Authorization: Bearer $BULKHEAD_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify(call.body, null, 2).replaceAll("'", `'\\''`)}'`,
		},
		{
			id: "python",
			label: "Python",
			code: `# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["BULKHEAD_API_KEY"])
${call.python}`,
		},
		{
			id: "node",
			label: "Node",
			code: `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${origin}/v1",
  apiKey: process.env.BULKHEAD_API_KEY,
});
${call.node}`,
		},
	];
}
