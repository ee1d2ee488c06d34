// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlatformSettingsPage } from "@/areas/oversight/settings-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("oversight");

export default function Page() {
	return (
		<Area name="oversight">
			<PlatformSettingsPage />
		</Area>
	);
}
