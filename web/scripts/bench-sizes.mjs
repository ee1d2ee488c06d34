// SPDX-License-Identifier: Apache-2.0
// bench-sizes.mjs: JavaScript and CSS that each page loads at once, and the whole export, gzipped. Writes one JSON object.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGETS, sizes } from "./export.mjs";

const out = join(dirname(dirname(fileURLToPath(import.meta.url))), "out");
console.log(JSON.stringify({ budgets: BUDGETS, ...sizes(out) }));
