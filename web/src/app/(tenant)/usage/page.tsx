// SPDX-License-Identifier: Apache-2.0
"use client";
import { UsagePage } from "@/areas/usage/usage-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("usage");

export default function Page() {
	return (
		<Area name="usage">
			<UsagePage />
		</Area>
	);
}
