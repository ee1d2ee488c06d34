// SPDX-License-Identifier: Apache-2.0
"use client";
import { KeysPage } from "@/areas/keys/keys-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="keys">
			<KeysPage />
		</Area>
	);
}
