// SPDX-License-Identifier: Apache-2.0
// The request of this chat as code. The key is read from the environment: what is pasted into a file should hold no secret.
import type { Settings } from "./settings";

interface Snippet {
	id: "curl" | "python" | "node";
	label: string;
	code: string;
}

const indent = (text: string, by: string) => text.split("\n").join(`\n${by}`);

export function snippets(origin: string, settings: Settings, question: string): Snippet[] {
	const grounding =
		settings.stores.length > 0 && settings.grounding !== "default" ? settings.grounding : undefined;
	const tools =
		settings.stores.length > 0
			? [{ type: "file_search", vector_store_ids: settings.stores }]
			: undefined;
	const body = {
		model: settings.model,
		input: question,
		...(tools && { tools }),
		...(grounding && { bulkhead: { grounding } }),
	};
	const json = JSON.stringify(body, null, 2);
	const python = [
		`    model=${JSON.stringify(settings.model)},`,
		`    input=${JSON.stringify(question)},`,
		...(tools ? [`    tools=${JSON.stringify(tools)},`] : []),
		...(grounding ? [`    extra_body=${JSON.stringify({ bulkhead: { grounding } })},`] : []),
	];
	return [
		{
			id: "curl",
			label: "curl",
			code: `curl ${origin}/v1/responses \\
  -H "Authorization: Bearer $BULKHEAD_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${indent(json.replaceAll("'", "'\\''"), "  ")}'`,
		},
		{
			id: "python",
			label: "Python",
			code: `# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["BULKHEAD_API_KEY"])
answer = client.responses.create(
${python.join("\n")}
)
print(answer.output_text)`,
		},
		{
			id: "node",
			label: "Node",
			code: `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: process.env.BULKHEAD_API_KEY });
const answer = await client.responses.create(${json});
console.log(answer.output_text);`,
		},
	];
}
