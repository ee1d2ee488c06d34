// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/members/de.json";
import en from "@/areas/members/en.json";
import { MembersPage } from "@/areas/members/members-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="members" early={early}>
			<MembersPage />
		</PortalPage>
	);
}
