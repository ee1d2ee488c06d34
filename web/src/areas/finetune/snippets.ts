// SPDX-License-Identifier: Apache-2.0
// The same from a program.
import { curlOf, type Snippet, withClient } from "@/api/snippets";

const BODY = { model: "default", training_file: "file-…", suffix: "tickets" };

export function finetuneSnippets(origin: string): Snippet[] {
	return withClient(origin, {
		curl: curlOf(origin, { path: "/v1/fine_tuning/jobs", body: BODY }),
		python: `file = client.files.create(file=open("tickets.jsonl", "rb"), purpose="fine-tune")
job = client.fine_tuning.jobs.create(
    model="${BODY.model}", training_file=file.id, suffix="${BODY.suffix}"
)
print(job.id, job.status)`,
		node: `import { createReadStream } from "node:fs";

const file = await client.files.create({
  file: createReadStream("tickets.jsonl"),
  purpose: "fine-tune",
});
const job = await client.fineTuning.jobs.create({
  model: "${BODY.model}",
  training_file: file.id,
  suffix: "${BODY.suffix}",
});
console.log(job.id, job.status);`,
	});
}
