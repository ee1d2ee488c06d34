// SPDX-License-Identifier: Apache-2.0
// Working code for a model, by its kind.
import type { Kind } from "@/api/models";
import { curlOf, type Snippet, withClient } from "@/api/snippets";

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
				path: "/v1/chat/completions",
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
				path: "/v1/embeddings",
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
				path: "/v1/rerank",
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
	const { path, body, python, node } = callOf(kind, model);
	return withClient(origin, { curl: curlOf(origin, { path, body }), python, node });
}
