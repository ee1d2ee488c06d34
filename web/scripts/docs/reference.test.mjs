// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "./code.mjs";
import { operationPage, prose } from "./pages.mjs";
import { boundsOf, example, readErrors, typeOf } from "./reference.mjs";

const api = {
	components: {
		schemas: {
			Name: { type: "string", minLength: 1, maxLength: 64 },
			Node: {
				type: "object",
				required: ["name"],
				properties: {
					name: { $ref: "#/components/schemas/Name" },
					next: { $ref: "#/components/schemas/Node" },
				},
			},
		},
	},
};
const node = { $ref: "#/components/schemas/Node" };
const operation = {
	id: "node_create",
	method: "POST",
	path: "/api/nodes/{id}",
	tag: "nodes",
	summary: "Create <b>",
	description: "",
	scope: "nodes:write",
	isOpen: false,
	parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
	body: { content: { "application/json": { schema: node } } },
	answers: [{ status: "201", description: "OK.", content: {} }],
};

describe("a schema in words", () => {
	it("says that it may be null, and follows references", () => {
		const schema = { anyOf: [{ $ref: "#/components/schemas/Name" }, { type: "null" }] };
		expect(typeOf(api, schema)).toBe("string or null");
		expect(boundsOf(api, schema)).toBe("1 to 64 characters");
	});
	it("has an example of what is required", () => {
		expect(example(api, node)).toEqual({ name: "text" });
		expect(example(api, { type: "string", pattern: "^chat_[0-9a-f]{32}$" })).toBe("chat_…");
	});
});

describe("a page", () => {
	it("shows text as text, and a schema that holds itself once", () => {
		const html = operationPage(api, operation);
		expect(html).toContain("Create &lt;b&gt;");
		expect(html).not.toContain("<b>");
		expect(html.match(/class="name">next</g)).toHaveLength(1);
		expect(html).toContain("nodes:write");
		expect(prose("a `<i>`")).toBe("<p>a <code>&lt;i&gt;</code></p>");
	});
	it("has code whose quotes hold", () => {
		const quoted = {
			...operation,
			body: { content: { "application/json": { schema: { const: "it's" } } } },
		};
		expect(codeOf(api, quoted)[0].code).toContain(`-d '"it'\\''s"'`);
		expect(codeOf(api, { ...quoted, isOpen: true })[1].code).not.toContain("BULKHEAD_API_KEY");
	});
});

describe("errors", () => {
	it("are those that a client can see, by status", () => {
		const text = `BH_ERROR(BH_E_B, 500, LATER, "server_error", "b", "Say \\"b\\".")
BH_ERROR(BH_E_A,  0, NEVER, "x", "a", "Inside.")
BH_ERROR(BH_E_C, 404, NEVER, "invalid_request_error", "c", "Gone.")
`;
		expect(readErrors(text).map((each) => [each.status, each.code, each.retry])).toEqual([
			[404, "c", false],
			[500, "b", true],
		]);
	});
});
