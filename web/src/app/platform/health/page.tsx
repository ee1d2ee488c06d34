"use client";
import { HealthPage } from "@/areas/oversight/health-page";
import { Area } from "@/i18n/locale";

export default function Page() {
	return (
		<Area name="oversight">
			<HealthPage />
		</Area>
	);
}
