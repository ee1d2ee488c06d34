// SPDX-License-Identifier: Apache-2.0
import { PlatformAuditPage } from "@/areas/oversight/audit-page";
import de from "@/areas/oversight/de.json";
import en from "@/areas/oversight/en.json";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.audit, en.auditText]} de={[de.audit, de.auditText]} />;

export default function Page() {
	return (
		<PortalPage area="oversight" early={early}>
			<PlatformAuditPage />
		</PortalPage>
	);
}
