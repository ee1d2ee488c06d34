// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { HealthPage } from "@/areas/oversight/health-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.health, en.healthText]} de={[de.health, de.healthText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<HealthPage />
		</PortalPage>
	);
}
