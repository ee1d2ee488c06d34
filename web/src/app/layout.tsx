// SPDX-License-Identifier: Apache-2.0
// The document of every page: fonts, tokens, theme. Public and empty: it knows no tenant.
import latin from "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2";
import "@fontsource-variable/inter/wght.css";
import "@/design/tokens.css";
import "@/design/base.css";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { preload } from "react-dom";

export const metadata: Metadata = {
	title: { default: "Bulkhead", template: "%s · Bulkhead" },
	description: "The console of a Bulkhead instance.",
	icons: { icon: "/icon.svg" },
	robots: { index: false },
	referrer: "same-origin",
};

export const viewport: Viewport = {
	width: "device-width",
	initialScale: 1,
	viewportFit: "cover",
};

export default function Document({ children }: { children: ReactNode }) {
	// Before the style sheet asks for it: a first paint with another font would be followed by a second.
	preload(latin, { as: "font", type: "font/woff2", crossOrigin: "anonymous" });
	return (
		<html lang="en" suppressHydrationWarning>
			<head>
				{/* Blocking: the theme is set before the first paint. */}
				<script src="/theme.js" />
			</head>
			<body>{children}</body>
		</html>
	);
}
