// SPDX-License-Identifier: Apache-2.0
"use client";
import { ModelsPage } from "@/areas/models/models-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="models">
			<ModelsPage />
		</Area>
	);
}
