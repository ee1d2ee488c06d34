// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/models/de.json";
import en from "@/areas/models/en.json";
import { ModelsPage } from "@/areas/models/models-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="models" early={early}>
			<ModelsPage />
		</PortalPage>
	);
}
