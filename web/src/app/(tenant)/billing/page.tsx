// SPDX-License-Identifier: Apache-2.0
"use client";
import { BillingPage } from "@/areas/billing/billing-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="billing">
			<BillingPage />
		</Area>
	);
}
