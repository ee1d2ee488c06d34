// SPDX-License-Identifier: Apache-2.0
// take.mjs: a picture of a page as it is kept under shots/, and what it has to be like.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { settle } from "./pages.mjs";
import { compare, decode, encode } from "./png.mjs";

const SHOTS = fileURLToPath(new URL("../../shots/", import.meta.url));
/** Of so much of a picture the fonts' renderer may decide, and nobody else. */
export const TOLERANCE = 0.0005;

const file = (name, look) => `${name}-${look.name}.png`;

/** What the window shows of a page, at the hour of the record. */
export async function take(page, path) {
	await page.goto(path);
	await settle(page);
	return again(page);
}

export async function again(page) {
	return decode(await page.screenshot({ animations: "disabled" }));
}

export function keep(name, look, picture) {
	mkdirSync(SHOTS, { recursive: true });
	writeFileSync(join(SHOTS, file(name, look)), encode(picture));
}

export const kept = (name, look) => decode(readFileSync(join(SHOTS, file(name, look))));

/** Undefined, or how the page differs from its picture, and where what was seen lies. */
export function difference(name, look, picture) {
	const { share, box } = compare(kept(name, look), picture);
	if (share <= TOLERANCE) return undefined;
	const folder = join(tmpdir(), "bulkhead-shots");
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, file(name, look)), encode(picture));
	return `${file(name, look)}: ${(share * 100).toFixed(2)} % differ within ${box}; see ${folder}`;
}
