// SPDX-License-Identifier: Apache-2.0
"use client";
import { Crash } from "@/shell/crash";

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
	return <Crash error={error} onRetry={reset} />;
}
