// SPDX-License-Identifier: Apache-2.0
// Roles in plain words.
"use client";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { RadioGroup } from "@/ui/choice";
import type { Role } from "./queries";
import { rolesFor } from "./state";

export function useRoleName(): (role: string) => string {
	const t = useTranslations("members");
	return (role) => {
		switch (role) {
			case "viewer":
			case "member":
			case "admin":
			case "owner":
			case "superuser":
				return t(`role_${role}`);
			default:
				return role;
		}
	};
}

interface RolePickerProps {
	value: Role;
	onChange: (role: Role) => void;
	/** In an organisation that is not the session's own: nobody is a superuser there. */
	elsewhere?: boolean;
}

export function RolePicker({ value, onChange, elsewhere = false }: RolePickerProps) {
	const t = useTranslations("members");
	const { session } = useSession();
	return (
		<RadioGroup
			label={t("role")}
			value={value}
			onChange={onChange}
			options={rolesFor(elsewhere ? "owner" : session.role).map((role) => ({
				value: role,
				label: t(`role_${role}`),
				hint: t(`hint_${role}`),
			}))}
		/>
	);
}
