// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { HomePage } from "@/areas/oversight/home-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.home, en.homeText]} de={[de.home, de.homeText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<HomePage />
		</PortalPage>
	);
}
