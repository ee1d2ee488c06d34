// SPDX-License-Identifier: Apache-2.0
"use client";
import { UpstreamsPage } from "@/areas/upstreams/upstreams-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="upstreams">
			<UpstreamsPage />
		</Area>
	);
}
