// SPDX-License-Identifier: Apache-2.0
// The models that this organisation can ask.
import { useQuery } from "@tanstack/react-query";
import { api, data } from "./client";
import type { components } from "./schema.gen";

export type Model = components["schemas"]["Model"];
export type Kind = Model["bulkhead"]["kind"];

export function useModels(enabled = true) {
	return useQuery({
		queryKey: ["models"],
		queryFn: () => data(api.GET("/v1/models")),
		enabled,
	});
}

/** Of one kind, for choosing; the alias "default" is none of them. */
export function ofKind(models: readonly Model[], kind: Kind): Model[] {
	return models.filter(({ bulkhead }) => bulkhead.kind === kind && bulkhead.alias_of === null);
}

export function useModelsOf(kind: Kind, enabled = true): Model[] | undefined {
	const models = useModels(enabled).data?.data;
	return models && ofKind(models, kind);
}

/** A chat model for examples: the default, else any. */
export function sampleOf(models: readonly Model[]): string {
	const chat = ofKind(models, "chat");
	return (chat.find(({ bulkhead }) => bulkhead.default) ?? chat[0])?.id ?? "MODEL";
}

export function useSampleModel(): string {
	return sampleOf(useModels().data?.data ?? []);
}
