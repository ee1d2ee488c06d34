// SPDX-License-Identifier: Apache-2.0
// A chat model for examples.
import { useQuery } from "@tanstack/react-query";
import { api, data } from "./client";

/** The first that is none of the other kinds, as far as names tell; a placeholder until it is known. */
export function useSampleModel(): string {
	const query = useQuery({ queryKey: ["models"], queryFn: () => data(api.GET("/v1/models")) });
	return query.data?.data.find((model) => !/embed|minilm|rerank/i.test(model.id))?.id ?? "MODEL";
}
