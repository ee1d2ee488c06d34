// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/images/de.json";
import en from "@/areas/images/en.json";
import { ImagesPage } from "@/areas/images/images-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="images" early={early}>
			<ImagesPage />
		</PortalPage>
	);
}
