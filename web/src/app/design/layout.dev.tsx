// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { Providers } from "@/shell/providers";

export default function Design({ children }: { children: ReactNode }) {
	return (
		<Providers>
			<main>{children}</main>
		</Providers>
	);
}
