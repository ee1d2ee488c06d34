// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { safeReturnPath } from "./return-path";

test.each(["/", "/keys/", "/keys/?id=1&do=create", "/platform/?a=%2F%2Fevil"])(
	"%s is gone back to",
	(path) => {
		expect(safeReturnPath(path)).toBe(path);
	},
);

test.each([
	null,
	"",
	"keys",
	"//evil.example",
	"/\\evil.example",
	"https://evil.example/",
	"javascript:alert(1)",
	"/a\\b",
	"/a b",
	"/a\nb",
	"\t//evil.example",
])("%j is not an address here", (path) => {
	expect(safeReturnPath(path)).toBe("/");
});
