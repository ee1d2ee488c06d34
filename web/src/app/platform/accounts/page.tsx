// SPDX-License-Identifier: Apache-2.0
import { AccountsPage } from "@/areas/oversight/accounts-page";
import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.accounts, en.accountsText]} de={[de.accounts, de.accountsText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<AccountsPage />
		</PortalPage>
	);
}
