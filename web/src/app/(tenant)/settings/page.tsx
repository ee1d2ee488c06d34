// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/settings/de.json";
import en from "@/areas/settings/en.json";
import { SettingsPage } from "@/areas/settings/settings-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = (
	<EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} width="form" />
);

export default function Page() {
	return (
		<PortalPage area="settings" early={early}>
			<SettingsPage />
		</PortalPage>
	);
}
