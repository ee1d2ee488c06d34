// SPDX-License-Identifier: Apache-2.0
// Working code for a model, by its kind.
import type { Kind } from "@/api/models";
import { curlOf, type Snippet, withClient } from "@/api/snippets";

interface Call {
	path: string;
	body?: object;
	form?: string[];
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
		case "image":
			return {
				path: "/v1/images/generations",
				body: { model, prompt: "A harbour in fog." },
				python: `answer = client.images.generate(
    model=${name}, prompt="A harbour in fog."
)
print(len(answer.data[0].b64_json))`,
				node: `const answer = await client.images.generate({
  model: ${name},
  prompt: "A harbour in fog.",
});
console.log(answer.data[0].b64_json.length);`,
			};
		case "speech":
			return {
				path: "/v1/audio/speech",
				body: { model, voice: "alloy", input: "The harbour opens at six." },
				python: `answer = client.audio.speech.create(
    model=${name}, voice="alloy", input="The harbour opens at six."
)
answer.write_to_file("speech.mp3")`,
				node: `import { writeFile } from "node:fs/promises";

const answer = await client.audio.speech.create({
  model: ${name},
  voice: "alloy",
  input: "The harbour opens at six.",
});
await writeFile("speech.mp3", Buffer.from(await answer.arrayBuffer()));`,
			};
		case "transcription":
			return {
				path: "/v1/audio/transcriptions",
				form: [`model=${model}`, "file=@speech.mp3"],
				python: `answer = client.audio.transcriptions.create(
    model=${name}, file=open("speech.mp3", "rb")
)
print(answer.text)`,
				node: `import { createReadStream } from "node:fs";

const answer = await client.audio.transcriptions.create({
  model: ${name},
  file: createReadStream("speech.mp3"),
});
console.log(answer.text);`,
			};
		case "moderation":
			return {
				path: "/v1/moderations",
				body: { model, input: "The harbour opens at six." },
				python: `answer = client.moderations.create(
    model=${name}, input="The harbour opens at six."
)
print(answer.results[0].flagged)`,
				node: `const answer = await client.moderations.create({
  model: ${name},
  input: "The harbour opens at six.",
});
console.log(answer.results[0].flagged);`,
			};
	}
}

export function snippets(origin: string, kind: Kind, model: string): Snippet[] {
	const { python, node, ...request } = callOf(kind, model);
	return withClient(origin, { curl: curlOf(origin, request), python, node });
}
