// SPDX-License-Identifier: Apache-2.0
"use client";
import { KeysPage } from "@/areas/keys/keys-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("keys");

export default function Page() {
	return (
		<Area name="keys">
			<KeysPage />
		</Area>
	);
}
