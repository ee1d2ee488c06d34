// SPDX-License-Identifier: Apache-2.0
"use client";
import { AccountPage } from "@/areas/account/account-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("account");

export default function Page() {
	return (
		<Area name="account">
			<AccountPage />
		</Area>
	);
}
