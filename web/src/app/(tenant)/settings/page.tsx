// SPDX-License-Identifier: Apache-2.0
"use client";
import { SettingsPage } from "@/areas/settings/settings-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("settings");

export default function Page() {
	return (
		<Area name="settings">
			<SettingsPage />
		</Area>
	);
}
