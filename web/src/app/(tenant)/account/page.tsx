// SPDX-License-Identifier: Apache-2.0
"use client";
import { AccountPage } from "@/areas/account/account-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="account">
			<AccountPage />
		</Area>
	);
}
