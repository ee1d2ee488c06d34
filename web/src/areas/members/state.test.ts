// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { mayChange, memberState, rolesFor } from "./state";

it("nobody gives more than they have", () => {
	expect(rolesFor("admin")).toEqual(["viewer", "member", "admin"]);
	expect(rolesFor("nobody")).toEqual([]);
	expect(mayChange("admin", { role: "owner" })).toBe(false);
	expect(mayChange("owner", { role: "owner" })).toBe(true);
});

it("the operator's word comes before the organisation's", () => {
	const member = { state: "active", account_state: "active", has_password: true } as const;
	expect(memberState(member)).toBe("active");
	expect(memberState({ ...member, has_password: false })).toBe("invited");
	expect(memberState({ ...member, state: "disabled" })).toBe("disabled");
	expect(memberState({ ...member, state: "disabled", account_state: "disabled" })).toBe("blocked");
});
