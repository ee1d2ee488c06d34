// SPDX-License-Identifier: Apache-2.0
"use client";
import { DocumentsPage } from "@/areas/documents/documents-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("documents");

export default function Page() {
	return (
		<Area name="documents">
			<DocumentsPage />
		</Area>
	);
}
