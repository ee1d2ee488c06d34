// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { EntryFrame } from "@/areas/entry/frame";

export default function Entry({ children }: { children: ReactNode }) {
	return <EntryFrame>{children}</EntryFrame>;
}
