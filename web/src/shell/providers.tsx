// SPDX-License-Identifier: Apache-2.0
// What every page of a portal stands in: data, language, overlays.
"use client";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { makeQueryClient } from "@/api/queries";
import { LocaleProvider } from "@/i18n/locale";
import { ToastProvider } from "@/ui/toast";
import { TooltipLayer } from "@/ui/tooltip";
import en from "./en.json";

const MESSAGES = {
	initial: en,
	source: { en: async () => ({ default: en }), de: () => import("./de.json") },
};

export function Providers({ children }: { children: ReactNode }) {
	const [client] = useState(makeQueryClient);
	return (
		<CSPProvider disableStyleElements>
			<QueryClientProvider client={client}>
				<LocaleProvider more={MESSAGES}>
					<ToastProvider>{children}</ToastProvider>
					<TooltipLayer />
				</LocaleProvider>
			</QueryClientProvider>
		</CSPProvider>
	);
}
