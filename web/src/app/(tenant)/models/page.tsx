// SPDX-License-Identifier: Apache-2.0
"use client";
import { ModelsPage } from "@/areas/models/models-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("models");

export default function Page() {
	return (
		<Area name="models">
			<ModelsPage />
		</Area>
	);
}
