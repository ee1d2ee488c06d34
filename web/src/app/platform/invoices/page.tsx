// SPDX-License-Identifier: Apache-2.0
"use client";
import { PlatformInvoicesPage } from "@/areas/oversight/invoices-page";
import { Area } from "@/i18n/area";

export default function Page() {
	return (
		<Area name="oversight">
			<PlatformInvoicesPage />
		</Area>
	);
}
