// SPDX-License-Identifier: Apache-2.0
// The request of this chat as code.
import { curlOf, type Snippet, withClient } from "@/api/snippets";
import type { Settings } from "./settings";

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
	const python = [
		`    model=${JSON.stringify(settings.model)},`,
		`    input=${JSON.stringify(question)},`,
		...(tools ? [`    tools=${JSON.stringify(tools)},`] : []),
		...(grounding ? [`    extra_body=${JSON.stringify({ bulkhead: { grounding } })},`] : []),
	];
	return withClient(origin, {
		curl: curlOf(origin, { path: "/v1/responses", body }),
		python: `answer = client.responses.create(
${python.join("\n")}
)
print(answer.output_text)`,
		node: `const answer = await client.responses.create(${JSON.stringify(body, null, 2)});
console.log(answer.output_text);`,
	});
}
