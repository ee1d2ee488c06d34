// SPDX-License-Identifier: Apache-2.0
import { ChatPage } from "@/areas/chat/chat-page";
import de from "@/areas/chat/de.json";
import { EarlyChat } from "@/areas/chat/early-chat";
import en from "@/areas/chat/en.json";
import { PortalPage } from "@/shell/portal-page";
import { Early } from "@/ui/early";

const early = <Early en={<EarlyChat words={en} />} de={<EarlyChat words={de} />} many />;

export default function Page() {
	return (
		<PortalPage area="chat" also={["documents"]} early={early}>
			<ChatPage />
		</PortalPage>
	);
}
