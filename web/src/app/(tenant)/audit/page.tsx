// SPDX-License-Identifier: Apache-2.0
"use client";
import { AuditPage } from "@/areas/audit/audit-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="audit">
			<AuditPage />
		</Area>
	);
}
