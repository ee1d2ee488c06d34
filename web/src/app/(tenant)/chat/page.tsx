// SPDX-License-Identifier: Apache-2.0
"use client";
import { ChatPage } from "@/areas/chat/chat-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("chat");

export default function Page() {
	return (
		<Area name="chat" also={["documents"]}>
			<ChatPage />
		</Area>
	);
}
