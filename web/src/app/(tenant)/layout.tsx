// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { fetchSession } from "@/session/fetch-session";
import { Providers } from "@/shell/providers";
import { Shell } from "@/shell/shell";

export default function TenantPortal({ children }: { children: ReactNode }) {
	fetchSession();
	return (
		<Providers>
			<Shell portal="tenant">{children}</Shell>
		</Providers>
	);
}
