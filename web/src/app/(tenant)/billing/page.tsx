// SPDX-License-Identifier: Apache-2.0
import { BillingPage } from "@/areas/billing/billing-page";
import de from "@/areas/billing/de.json";
import en from "@/areas/billing/en.json";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="billing" early={early}>
			<BillingPage />
		</PortalPage>
	);
}
