// SPDX-License-Identifier: Apache-2.0
// The names of members, teams and keys beside the ids that usage has.
"use client";
import { memberName, useDirectory } from "@/areas/members/queries";
import { useAllTeams } from "@/areas/teams/queries";
import { useSession } from "@/session/session";
import { useAllKeys } from "./queries";

export interface Names {
	/** The id's first part where the name is not known, as of what was deleted. */
	nameOf: (id: string) => string;
	members: { value: string; label: string }[];
	teams: { value: string; label: string }[];
	keys: { value: string; label: string }[];
}

export function useNames(): Names {
	const { session, can } = useSession();
	const members = useDirectory(can("users:read")).data?.rows ?? [];
	const teams = useAllTeams(can("teams:read")).data?.rows ?? [];
	const keys = useAllKeys(can("keys:read")).data?.rows ?? [];
	const list = {
		members: members.map((each) => ({ value: each.id, label: memberName(each) ?? each.id })),
		teams: teams.map((each) => ({ value: each.id, label: each.name })),
		keys: keys.map((each) => ({ value: each.id, label: each.name || `${each.prefix}…` })),
	};
	const known = new Map<string, string>([
		[session.account.id, session.account.name || session.account.email || session.account.id],
		[session.tenant.id, session.tenant.name],
		...[...list.members, ...list.teams, ...list.keys].map(
			({ value, label }) => [value, label] as [string, string],
		),
	]);
	return { ...list, nameOf: (id) => known.get(id) ?? `${id.slice(0, 8)}…` };
}
