// SPDX-License-Identifier: Apache-2.0
// vitest.config.ts: unit tests beside the code; the browser's are in tests/browser.
import { defineConfig } from "vitest/config";

export default defineConfig({
	resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
	test: {
		environment: "happy-dom",
		include: ["src/**/*.test.{ts,tsx}", "{scripts,tests/shots}/**/*.test.mjs"],
		css: false,
	},
});
