"use client";
import { TeamsPage } from "@/areas/teams/teams-page";
import { Area } from "@/i18n/locale";

export default function Page() {
	return (
		<Area name="teams">
			<TeamsPage />
		</Area>
	);
}
