// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { viewQuery } from "./view-queries";

test("a view is the filter, in whatever order it stands, and not what is open", () => {
	expect(viewQuery("span=week&action=key.&event=e1&do=create")).toBe("action=key.&span=week");
	expect(viewQuery("action=key.&span=week")).toBe(viewQuery("span=week&action=key."));
	expect(viewQuery("")).toBe("");
});

test("what the API would refuse is written as an address has it", () => {
	expect(viewQuery("text=Gr%C3%BC%C3%9Fe <b>&x='")).toMatch(/^[!-~]*$/);
	expect(viewQuery("text=a b")).toBe("text=a+b");
});
