// SPDX-License-Identifier: Apache-2.0
// build.mjs: builds the export into out/ and finishes it; needs no network.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { writeDocs } from "./docs.mjs";
import { finish } from "./export.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const inputs = [
	"package.json",
	"package-lock.json",
	"next.config.ts",
	"tsconfig.json",
	"src",
	"public",
	"scripts",
	"../api/openapi.yaml",
	"../src/base/errors.def",
];

function* files(path) {
	let entries;
	try {
		entries = readdirSync(path, { withFileTypes: true });
	} catch {
		yield path;
		return;
	}
	for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
		yield* files(join(path, entry.name));
}

/** The build's name: a hash of everything it is made from. */
function buildId() {
	const hash = createHash("sha256");
	for (const input of inputs)
		for (const path of files(join(root, input))) {
			if (/\.test\.tsx?$/.test(path)) continue;
			hash
				.update(`${relative(root, path)}\0`)
				.update(readFileSync(path))
				.update("\0");
		}
	return hash.digest("hex").slice(0, 16);
}

const id = buildId();
if (process.argv[2] === "--id") {
	console.log(id);
	process.exit(0);
}

rmSync(join(root, "out"), { recursive: true, force: true });
const done = spawnSync(process.execPath, [join(root, "node_modules/next/dist/bin/next"), "build"], {
	cwd: root,
	stdio: "inherit",
	env: {
		...process.env,
		NODE_ENV: "production",
		NEXT_TELEMETRY_DISABLED: "1",
		BULKHEAD_BUILD_ID: id,
	},
});
if (done.status !== 0) process.exit(done.status ?? 1);
console.log(`the reference has ${writeDocs(root, join(root, "out"))} operations`);
finish(join(root, "out"), id);
