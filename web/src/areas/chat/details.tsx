// SPDX-License-Identifier: Apache-2.0
// What a turn took: model, time, tokens, cost. Asked when it is opened.
"use client";
import { Info } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { IconButton } from "@/ui/button";
import { CopyId } from "@/ui/copy";
import { Duration, Money, Num, Time } from "@/ui/format";
import { Popover } from "@/ui/popover";
import styles from "./answer.module.css";
import { useCurrency, useTurnUsage } from "./queries";
import type { Turn } from "./tree";

export function Details({ turn }: { turn: Turn }) {
	const t = useTranslations("chat");
	const [open, setOpen] = useState(false);
	return (
		<Popover
			title={t("details")}
			open={open}
			onOpenChange={setOpen}
			trigger={<IconButton size="s" label={t("details")} icon={<Info size={14} />} />}
		>
			{open && <Facts turn={turn} />}
		</Popover>
	);
}

function Facts({ turn }: { turn: Turn }) {
	const t = useTranslations("chat");
	const { response } = turn;
	const { usage } = response;
	const took = (response.completed_at ?? 0) - response.created_at;
	return (
		<div className={styles.facts}>
			<dl className={styles.terms}>
				{[
					{ term: t("model"), value: <code>{response.model}</code> },
					{ term: t("asked"), value: <Time at={response.created_at} /> },
					...(took < 1
						? []
						: [
								{
									term: t("took"),
									value: <Duration ms={took * 1000} />,
								},
							]),
					...(usage
						? [
								{ term: t("tokensIn"), value: <Num value={usage.input_tokens} /> },
								{ term: t("tokensOut"), value: <Num value={usage.output_tokens} /> },
							]
						: []),
					...(response.bulkhead?.grounding
						? [{ term: t("grounding"), value: t(`grounding_${response.bulkhead.grounding}`) }]
						: []),
					{ term: t("responseId"), value: <CopyId id={response.id} /> },
				].map(({ term, value }) => (
					<div key={term}>
						<dt>{term}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
			<Cost request={turn.request_id} />
		</div>
	);
}

function Cost({ request }: { request: string }) {
	const t = useTranslations("chat");
	const { can } = useSession();
	const usage = useTurnUsage(request);
	const currency = useCurrency();
	if (!can("usage:read")) return null;
	if (usage.isPending) return <Skeleton />;
	const acts = usage.data ?? [];
	return (
		<table className={styles.acts}>
			<caption>{t("cost")}</caption>
			<tbody>
				{acts.map((act) => (
					<tr key={act.id}>
						<th scope="row">
							{act.kind} <code>{act.model}</code>
						</th>
						<td>
							{currency === undefined ? (
								act.cost
							) : (
								<Money nanos={act.cost_nanos} currency={currency} />
							)}
						</td>
					</tr>
				))}
				{acts.length === 0 && (
					<tr>
						<td>{t("notSettled")}</td>
					</tr>
				)}
			</tbody>
		</table>
	);
}
