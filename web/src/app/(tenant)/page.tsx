"use client";
import { OverviewPage } from "@/areas/overview/overview-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="overview">
			<OverviewPage />
		</Area>
	);
}
