// SPDX-License-Identifier: Apache-2.0

import de from "@/areas/speech/de.json";
import en from "@/areas/speech/en.json";
import { SpeechPage } from "@/areas/speech/speech-page";
import { PortalPage } from "@/shell/portal-page";
import { EarlyPage } from "@/ui/early";

const early = <EarlyPage en={[en.title, en.description]} de={[de.title, de.description]} />;

export default function Page() {
	return (
		<PortalPage area="speech" early={early}>
			<SpeechPage />
		</PortalPage>
	);
}
