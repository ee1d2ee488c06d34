// SPDX-License-Identifier: Apache-2.0
"use client";
import { HomePage } from "@/areas/home/home-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("home");

export default function Page() {
	return (
		<Area name="home">
			<HomePage />
		</Area>
	);
}
