// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { PlatformMailPage } from "@/areas/oversight/mail-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.mail, en.mailText]} de={[de.mail, de.mailText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<PlatformMailPage />
		</PortalPage>
	);
}
