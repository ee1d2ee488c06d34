// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/upstreams/de.json";
import en from "@/areas/upstreams/en.json";
import { UpstreamsPage } from "@/areas/upstreams/upstreams-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.pageTitle, en.pageText]} de={[de.pageTitle, de.pageText]} />;

export default function Page() {
	return (
		<PortalPage area="upstreams" early={early}>
			<UpstreamsPage />
		</PortalPage>
	);
}
