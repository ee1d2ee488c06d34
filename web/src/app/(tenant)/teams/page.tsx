// SPDX-License-Identifier: Apache-2.0
"use client";
import { TeamsPage } from "@/areas/teams/teams-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("teams");

export default function Page() {
	return (
		<Area name="teams">
			<TeamsPage />
		</Area>
	);
}
