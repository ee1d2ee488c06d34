// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { PlatformInvoicesPage } from "@/areas/oversight/invoices-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.invoices, en.invoicesText]} de={[de.invoices, de.invoicesText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<PlatformInvoicesPage />
		</PortalPage>
	);
}
