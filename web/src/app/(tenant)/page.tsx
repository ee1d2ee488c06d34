// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/home/de.json";
import en from "@/areas/home/en.json";
import { HomePage } from "@/areas/home/home-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[null, en.description]} de={[null, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="home" early={early}>
			<HomePage />
		</PortalPage>
	);
}
