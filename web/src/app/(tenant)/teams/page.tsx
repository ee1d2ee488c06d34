// SPDX-License-Identifier: Apache-2.0
"use client";
import { TeamsPage } from "@/areas/teams/teams-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="teams">
			<TeamsPage />
		</Area>
	);
}
