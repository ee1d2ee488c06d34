// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/usage/de.json";
import en from "@/areas/usage/en.json";
import { UsagePage } from "@/areas/usage/usage-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="usage" early={early}>
			<UsagePage />
		</PortalPage>
	);
}
