// SPDX-License-Identifier: Apache-2.0
import type { Metadata } from "next";
import { Setup } from "@/areas/entry/setup";

export const metadata: Metadata = { title: "Set a password" };

export default function Page() {
	return <Setup />;
}
