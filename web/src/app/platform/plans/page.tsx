// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/plans/de.json";
import en from "@/areas/plans/en.json";
import { PlansPage } from "@/areas/plans/plans-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="plans" early={early}>
			<PlansPage />
		</PortalPage>
	);
}
