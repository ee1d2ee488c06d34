// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/finetune/de.json";
import en from "@/areas/finetune/en.json";
import { FineTuningPage } from "@/areas/finetune/finetune-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage many en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="finetune" early={early}>
			<FineTuningPage />
		</PortalPage>
	);
}
