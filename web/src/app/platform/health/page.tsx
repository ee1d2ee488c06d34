// SPDX-License-Identifier: Apache-2.0
"use client";
import { HealthPage } from "@/areas/oversight/health-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="oversight">
			<HealthPage />
		</Area>
	);
}
