// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/documents/de.json";
import { DocumentsPage } from "@/areas/documents/documents-page";
import en from "@/areas/documents/en.json";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} many />;

export default function Page() {
	return (
		<PortalPage area="documents" early={early}>
			<DocumentsPage />
		</PortalPage>
	);
}
