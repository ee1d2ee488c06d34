// SPDX-License-Identifier: Apache-2.0
// A new version of a model's price: what was billed stays as it was.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { FormDialog } from "@/ui/dialog";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { hasUnits, type Kind, Prices } from "./add-dialog";
import { type Model, useSetPrice } from "./queries";

interface PriceDialogProps {
	tenant: string;
	model: Model;
	onClose: () => void;
}

export function PriceDialog({ tenant, model, onClose }: PriceDialogProps) {
	const t = useTranslations("upstreams");
	const toast = useToast();
	const save = useSetPrice(tenant);
	const kind = model.kind as Kind;
	const [form, setForm] = useState({ kind, priceIn: model.price_in, priceOut: model.price_out });
	const prices = hasUnits(kind)
		? { units: typedAmount(form.priceOut) }
		: { input: typedAmount(form.priceIn), output: typedAmount(form.priceOut) };
	const given = Object.fromEntries(Object.entries(prices).filter(([, value]) => value));
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("priceTitle", { name: model.name })}
			description={t("priceText")}
			submit={t("setPrice")}
			disabled={Object.values(prices).includes(undefined) || Object.keys(given).length === 0}
			busy={save.isPending}
			onSubmit={() =>
				save.mutate(
					{ item: model.name, prices: given as Record<string, never> },
					{
						onSuccess: () => {
							onClose();
							toast(t("priceToast", { name: model.name }));
						},
					},
				)
			}
		>
			<Stack>
				{save.error && <ErrorPanel error={save.error} />}
				<Prices form={form} onChange={(part) => setForm({ ...form, ...part })} />
			</Stack>
		</FormDialog>
	);
}
