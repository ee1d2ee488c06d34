// SPDX-License-Identifier: Apache-2.0
"use client";
import { MembersPage } from "@/areas/members/members-page";
import { Area, fetchArea } from "@/i18n/area";

fetchArea("members");

export default function Page() {
	return (
		<Area name="members">
			<MembersPage />
		</Area>
	);
}
