// SPDX-License-Identifier: Apache-2.0
// A new version of a model's price: what was billed stays as it was.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { typedAmount } from "@/api/decimal";
import { FormDialog } from "@/ui/dialog";
import { ErrorPanel } from "@/ui/notice";
import { Grid, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { PriceField } from "./add-dialog";
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
	const [input, setInput] = useState(model.price_in);
	const [output, setOutput] = useState(model.price_out);
	const prices = { input: typedAmount(input), output: typedAmount(output) };
	const given = Object.fromEntries(Object.entries(prices).filter(([, value]) => value));
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("priceTitle", { name: model.name })}
			description={t("priceText")}
			submit={t("setPrice")}
			disabled={
				prices.input === undefined || prices.output === undefined || Object.keys(given).length === 0
			}
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
				<Grid min="s">
					<PriceField label={t("priceIn")} value={input} onChange={setInput} />
					<PriceField label={t("priceOut")} value={output} onChange={setOutput} />
				</Grid>
			</Stack>
		</FormDialog>
	);
}
