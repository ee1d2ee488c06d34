// SPDX-License-Identifier: Apache-2.0
"use client";
import { BillingPage } from "@/areas/billing/billing-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("billing");

export default function Page() {
	return (
		<Area name="billing">
			<BillingPage />
		</Area>
	);
}
