// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { asCode, curlOf, quoted, withClient } from "./snippets";

test("nothing leaves the quotes of a shell", () => {
	expect(quoted("it's; rm -rf /")).toBe("'it'\\''s; rm -rf /'");
	const curl = curlOf("http://x", {
		path: "/v1/a?b='c'",
		body: { text: "'$(id)'" },
		form: ["a='b"],
	});
	expect(curl).toContain("'http://x/v1/a?b='\\''c'\\'''");
	expect(curl).toContain("'\\''$(id)'\\''");
	expect(curl).toContain("-F 'a='\\''b'");
});

test("curl is told a method only where it would take another", () => {
	expect(curlOf("", { path: "/a" })).not.toContain("-X");
	expect(curlOf("", { path: "/a", method: "POST", body: {} })).not.toContain("-X");
	expect(curlOf("", { path: "/a", method: "DELETE" })).toContain("-X DELETE");
	expect(curlOf("", { path: "/a", method: "PUT", body: {} })).toContain("-X PUT");
});

test("each language gets the address, the body, and the key from the environment", () => {
	const client = { curl: curlOf("http://x", { path: "/v1/a" }), python: "", node: "" };
	for (const { code } of [
		...asCode("http://x", { method: "POST", path: "/api/a", body: { n: 1 } }),
		...withClient("http://x", client),
	]) {
		expect(code).toContain("http://x");
		expect(code).toContain("BULKHEAD_API_KEY");
	}
});
