// SPDX-License-Identifier: Apache-2.0
// What a member is at a moment, and which roles one may give.
import type { Tone } from "@/ui/bits";
import type { Member, Role } from "./queries";

export type MemberState = "active" | "invited" | "disabled" | "blocked";

export const TONES: Record<MemberState, Tone> = {
	active: "good",
	invited: "info",
	disabled: "neutral",
	blocked: "bad",
};

/** A person whom the platform's operator disabled is so in every organisation; a member only here. */
export function memberState(
	member: Pick<Member, "state" | "account_state" | "has_password">,
): MemberState {
	if (member.account_state === "disabled") return "blocked";
	if (member.state !== "active") return "disabled";
	return member.has_password ? "active" : "invited";
}

export const INVITATION_TONES: Record<string, Tone> = {
	pending: "info",
	accepted: "good",
	revoked: "neutral",
	expired: "warn",
};

const ROLES = ["viewer", "member", "admin", "owner", "superuser"] as const;

/** Nobody gives more than they have; superusers exist in the platform's own organisation only. */
export function rolesFor(own: string): Role[] {
	const rank = ROLES.indexOf(own as Role);
	return ROLES.slice(0, rank + 1);
}

/** Whether a member's role and state are for this session to change. */
export function mayChange(own: string, member: Pick<Member, "role">): boolean {
	return rolesFor(own).includes(member.role);
}
