"use client";
import { BillingPage } from "@/areas/billing/billing-page";
import { Area } from "@/i18n/locale";

export default function Page() {
	return (
		<Area name="billing">
			<BillingPage />
		</Area>
	);
}
