// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlansPage } from "@/areas/plans/plans-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="plans">
			<PlansPage />
		</Area>
	);
}
