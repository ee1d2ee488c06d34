// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlansPage } from "@/areas/plans/plans-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("plans");

export default function Page() {
	return (
		<Area name="plans">
			<PlansPage />
		</Area>
	);
}
