// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlatformSettingsPage } from "@/areas/oversight/settings-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="oversight">
			<PlatformSettingsPage />
		</Area>
	);
}
