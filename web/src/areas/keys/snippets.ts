// SPDX-License-Identifier: Apache-2.0
// Working code for a new key. The key is read from the environment: what is pasted into a file should hold no secret.

export interface Snippet {
	id: "curl" | "python" | "node";
	label: string;
	code: string;
}

export function snippets(origin: string, model: string): Snippet[] {
	return [
		{
			id: "curl",
			label: "curl",
			code: `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $BULKHEAD_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "${model}",
    "messages": [{"role": "user", "content": "Say hello."}]
  }'`,
		},
		{
			id: "python",
			label: "Python",
			code: `# pip install openai
import os
from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    api_key=os.environ["BULKHEAD_API_KEY"],
)
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`,
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
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.choices[0].message.content);`,
		},
	];
}
