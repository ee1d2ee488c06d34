// SPDX-License-Identifier: Apache-2.0
// The same from a program.
import { curlOf, type Snippet, withClient } from "@/api/snippets";

export function speechSnippets(origin: string): Snippet[] {
	const body = { model: "default", input: "The harbour opens at six.", voice: "alloy" };
	return withClient(origin, {
		curl: `${curlOf(origin, {
			path: "/v1/audio/transcriptions",
			form: ["model=default", "response_format=srt", "file=@recording.mp3"],
		})}

${curlOf(origin, { path: "/v1/audio/speech", body })} \\
  -o speech.mp3`,
		python: `with open("recording.mp3", "rb") as file:
    print(client.audio.transcriptions.create(model="default", file=file).text)

speech = client.audio.speech.create(
    model="default", input="${body.input}", voice="alloy"
)
speech.write_to_file("speech.mp3")`,
		node: `import { createReadStream, writeFileSync } from "node:fs";

const file = createReadStream("recording.mp3");
const { text } = await client.audio.transcriptions.create({ model: "default", file });
console.log(text);

const speech = await client.audio.speech.create({
  model: "default",
  input: "${body.input}",
  voice: "alloy",
});
writeFileSync("speech.mp3", Buffer.from(await speech.arrayBuffer()));`,
	});
}
