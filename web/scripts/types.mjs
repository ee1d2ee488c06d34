// SPDX-License-Identifier: Apache-2.0
// types.mjs: writes src/api/schema.gen.ts from api/openapi.yaml; with --check, says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "src/api/schema.gen.ts");
const head =
	"// SPDX-License-Identifier: Apache-2.0\n// schema.gen.ts: the API's types. Made from api/openapi.yaml by `npm run types`; do not edit.\n\n";

const text =
	head +
	astToString(
		await openapiTS(pathToFileURL(join(root, "../api/openapi.yaml")), {
			alphabetize: true,
			defaultNonNullable: false,
		}),
	);
if (process.argv[2] !== "--check") {
	writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
	console.error("web/src/api/schema.gen.ts is not current: run `npm run types` in web/");
	process.exit(1);
}
