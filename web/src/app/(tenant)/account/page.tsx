// SPDX-License-Identifier: Apache-2.0
import { AccountPage } from "@/areas/account/account-page";
import de from "@/areas/account/de.json";
import en from "@/areas/account/en.json";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = (
	<EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} width="form" />
);

export default function Page() {
	return (
		<PortalPage area="account" early={early}>
			<AccountPage />
		</PortalPage>
	);
}
