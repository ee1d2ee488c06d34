// SPDX-License-Identifier: Apache-2.0
// How far the log is signed, and where its events are sent.
"use client";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { api, data } from "@/api/client";
import { Skeleton } from "@/ui/bits";
import { Time } from "@/ui/format";
import { Callout } from "@/ui/notice";
import { DescriptionList } from "@/ui/page";

export function ChainStatus() {
	const t = useTranslations("audit");
	const chain = useQuery({
		queryKey: ["audit-chain"],
		queryFn: () => data(api.GET("/api/audit/chain")),
		refetchInterval: 60_000,
	});
	const stream = useQuery({
		queryKey: ["audit-stream"],
		queryFn: () => data(api.GET("/api/audit/stream")),
		refetchInterval: 60_000,
	});
	const facts = [];
	// The list below is not to move when it comes: mostly there is a seal.
	if (chain.isLoading) facts.push({ term: t("sealed"), value: <Skeleton /> });
	if (chain.data?.sealed_at)
		facts.push({
			term: t("sealed"),
			value: t.rich("sealedText", {
				sealed: chain.data.sealed,
				size: chain.data.size,
				time: () => <Time at={chain.data.sealed_at ?? ""} />,
			}),
		});
	if (stream.data?.url)
		facts.push({
			term: t("stream"),
			value: t("streamText", { position: stream.data.position, size: stream.data.size }),
		});
	if (facts.length === 0) return null;
	return (
		<>
			<DescriptionList items={facts} />
			{stream.data?.error && (
				<Callout tone="warn" title={t("streamFailed")}>
					{stream.data.error}
				</Callout>
			)}
		</>
	);
}
