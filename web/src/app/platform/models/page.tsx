// SPDX-License-Identifier: Apache-2.0
"use client";
import { UpstreamsPage } from "@/areas/upstreams/upstreams-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("upstreams");

export default function Page() {
	return (
		<Area name="upstreams">
			<UpstreamsPage />
		</Area>
	);
}
