// SPDX-License-Identifier: Apache-2.0
// The names of roles, in words.
"use client";
import { useTranslations } from "use-intl";

const ROLES = ["viewer", "member", "admin", "owner", "superuser"] as const;

/** A role that this build does not know is shown as the API says it. */
export function useRoleName(): (role: string) => string {
	const t = useTranslations("roles");
	return (role) => {
		const known = ROLES.find((each) => each === role);
		return known ? t(known) : role;
	};
}
