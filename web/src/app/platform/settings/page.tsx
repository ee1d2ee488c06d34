"use client";
import { PlatformSettingsPage } from "@/areas/oversight/settings-page";
import { Area } from "@/i18n/locale";

export default function Page() {
	return (
		<Area name="oversight">
			<PlatformSettingsPage />
		</Area>
	);
}
