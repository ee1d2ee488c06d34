// SPDX-License-Identifier: Apache-2.0
import type { Metadata } from "next";
import { Invite } from "@/areas/entry/invite";

export const metadata: Metadata = { title: "Invitation" };

export default function Page() {
	return <Invite />;
}
