// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { PlatformSettingsPage } from "@/areas/oversight/settings-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.settings, en.settingsText]} de={[de.settings, de.settingsText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<PlatformSettingsPage />
		</PortalPage>
	);
}
