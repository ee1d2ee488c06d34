// SPDX-License-Identifier: Apache-2.0
import type { Metadata } from "next";
import { Reset } from "@/areas/entry/reset";

export const metadata: Metadata = { title: "Reset the password" };

export default function Page() {
	return <Reset />;
}
