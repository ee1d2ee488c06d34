// SPDX-License-Identifier: Apache-2.0
import { AuditPage } from "@/areas/audit/audit-page";
import de from "@/areas/audit/de.json";
import en from "@/areas/audit/en.json";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="audit" early={early}>
			<AuditPage />
		</PortalPage>
	);
}
