// SPDX-License-Identifier: Apache-2.0
// What it will cost, before it is asked for: by the price of the model's units, of the plan.
"use client";
import { useTranslations } from "use-intl";
import type { Model } from "@/api/models";
import { costOf } from "@/areas/images/form";
import { useCurrency } from "@/areas/models/queries";
import { useSession } from "@/session/session";
import { Money } from "@/ui/format";
import { Muted } from "@/ui/page";

interface CostProps {
	model: Model | undefined;
	/** Seconds or characters; null while nobody knows. */
	count: number | null;
}

export function Cost({ model, count }: CostProps) {
	const t = useTranslations("speech");
	const { can } = useSession();
	const currency = useCurrency(can("billing:read"));
	if (model === undefined || count === null || count === 0) return null;
	const nanos = costOf(model, count);
	if (nanos === null) return <Muted>{t("costUnknown")}</Muted>;
	if (nanos === 0n) return <Muted>{t("costFree")}</Muted>;
	return (
		<Muted>
			{currency === null
				? t("costHidden")
				: t.rich("cost", { money: () => <Money nanos={nanos} currency={currency} /> })}
		</Muted>
	);
}
