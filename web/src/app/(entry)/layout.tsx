import type { ReactNode } from "react";
import { EntryFrame } from "@/areas/entry/frame";

export default function Entry({ children }: { children: ReactNode }) {
	return <EntryFrame>{children}</EntryFrame>;
}
