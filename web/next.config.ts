// SPDX-License-Identifier: Apache-2.0
// next.config.ts: a static export; nothing of Node runs in production.
import type { NextConfig } from "next";

// Pages named *.dev.tsx exist in `npm run dev` only.
const development = process.env.NODE_ENV === "development";

const config: NextConfig = {
	output: "export",
	trailingSlash: true,
	reactStrictMode: true,
	poweredByHeader: false,
	pageExtensions: development ? ["dev.tsx", "tsx", "ts"] : ["tsx", "ts"],
	// The same sources give the same files; an old tab finds out by /build.json (scripts/export.mjs).
	generateBuildId: () => process.env.BULKHEAD_BUILD_ID ?? "development",
	images: { unoptimized: true },
	// `npm run check` does it, with the tests; a start from a bare machine must not wait for it.
	typescript: { ignoreBuildErrors: true },
	turbopack: { root: import.meta.dirname },
	env: { NEXT_PUBLIC_BUILD_ID: process.env.BULKHEAD_BUILD_ID ?? "development" },
};

export default config;
