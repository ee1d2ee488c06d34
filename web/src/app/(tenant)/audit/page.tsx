// SPDX-License-Identifier: Apache-2.0
"use client";
import { AuditPage } from "@/areas/audit/audit-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("audit");

export default function Page() {
	return (
		<Area name="audit">
			<AuditPage />
		</Area>
	);
}
