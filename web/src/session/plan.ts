// SPDX-License-Identifier: Apache-2.0
// Which services a plan includes. A role's scopes say nothing of it: without the service, its routes refuse.

/** By what stands before the colon of a scope; other services show by themselves what a plan leaves out. */
const SERVICES: Record<string, string> = { images: "images", audio: "audio", finetune: "finetune" };

export function isIncluded(entitlements: readonly string[], scope: string): boolean {
	const service = SERVICES[scope.split(":")[0] ?? ""];
	return service === undefined || entitlements.some((word) => word === "*" || word === service);
}
