// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlatformAuditPage } from "@/areas/oversight/audit-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("oversight");

export default function Page() {
	return (
		<Area name="oversight">
			<PlatformAuditPage />
		</Area>
	);
}
