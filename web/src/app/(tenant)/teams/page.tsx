// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/teams/de.json";
import en from "@/areas/teams/en.json";
import { TeamsPage } from "@/areas/teams/teams-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="teams" early={early}>
			<TeamsPage />
		</PortalPage>
	);
}
