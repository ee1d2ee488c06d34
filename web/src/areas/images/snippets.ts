// SPDX-License-Identifier: Apache-2.0
// The same from a program.
import { curlOf, type Snippet, withClient } from "@/api/snippets";

const BODY = { prompt: "A lighthouse at dusk, woodcut", size: "1024x1024" };

export function imagesSnippets(origin: string): Snippet[] {
	return withClient(origin, {
		curl: `${curlOf(origin, { path: "/v1/images/generations", body: BODY })}

${curlOf(origin, { path: "/v1/images" })}`,
		python: `import base64

answer = client.images.generate(prompt="${BODY.prompt}", size="${BODY.size}")
with open("lighthouse.png", "wb") as file:
    file.write(base64.b64decode(answer.data[0].b64_json))
print(client.get("/images", cast_to=object))`,
		node: `import { writeFileSync } from "node:fs";

const answer = await client.images.generate({
  prompt: "${BODY.prompt}",
  size: "${BODY.size}",
});
writeFileSync("lighthouse.png", Buffer.from(answer.data[0].b64_json, "base64"));
console.log(await client.get("/images"));`,
	});
}
