// SPDX-License-Identifier: Apache-2.0
"use client";
import { HomePage } from "@/areas/oversight/home-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("oversight");

export default function Page() {
	return (
		<Area name="oversight">
			<HomePage />
		</Area>
	);
}
