// SPDX-License-Identifier: Apache-2.0
"use client";
import { AccountsPage } from "@/areas/oversight/accounts-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="oversight">
			<AccountsPage />
		</Area>
	);
}
