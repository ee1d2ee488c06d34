// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/tenants/de.json";
import en from "@/areas/tenants/en.json";
import { TenantsPage } from "@/areas/tenants/tenants-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} many />;

export default function Page() {
	return (
		<PortalPage area="tenants" also={["members", "upstreams", "oversight"]} early={early}>
			<TenantsPage />
		</PortalPage>
	);
}
