// SPDX-License-Identifier: Apache-2.0
"use client";
import { HomePage } from "@/areas/home/home-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="home">
			<HomePage />
		</Area>
	);
}
