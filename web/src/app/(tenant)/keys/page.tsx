// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/keys/de.json";
import en from "@/areas/keys/en.json";
import { KeysPage } from "@/areas/keys/keys-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="keys" early={early}>
			<KeysPage />
		</PortalPage>
	);
}
