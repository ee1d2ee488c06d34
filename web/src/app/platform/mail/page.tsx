// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlatformMailPage } from "@/areas/oversight/mail-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="oversight">
			<PlatformMailPage />
		</Area>
	);
}
