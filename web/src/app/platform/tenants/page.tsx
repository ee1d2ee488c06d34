// SPDX-License-Identifier: Apache-2.0
"use client";
import { TenantsPage } from "@/areas/tenants/tenants-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("tenants", "members", "upstreams", "oversight");

export default function Page() {
	return (
		<Area name="tenants" also={["members", "upstreams", "oversight"]}>
			<TenantsPage />
		</Area>
	);
}
