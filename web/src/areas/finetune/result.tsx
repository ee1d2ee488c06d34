// SPDX-License-Identifier: Apache-2.0
// The base model against the result, in figures and in answers side by side.
"use client";
import { useFormatter, useTranslations } from "use-intl";
import { None } from "@/ui/format";
import { Grid, Panel, Stack, Stat } from "@/ui/page";
import { evaluationOf } from "./curve";
import styles from "./finetune.module.css";
import type { Job } from "./queries";

export function Result({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const intl = useFormatter();
	const evaluation = evaluationOf(job.bulkhead.evaluation);
	if (evaluation === null || (!evaluation.base && !evaluation.result)) return null;
	const { base, result, samples } = evaluation;
	const loss = (value: number | undefined) =>
		value === undefined ? <None /> : intl.number(value, { maximumFractionDigits: 4 });
	const share = (value: number) =>
		t("accuracy", {
			share: intl.number(value, { style: "percent", maximumFractionDigits: 1 }),
		});
	return (
		<Panel title={t("evaluation")} description={t("evaluationText")}>
			<Stack gap={5}>
				<Grid>
					<Stat
						label={t("ofBase")}
						value={loss(base?.valid_loss)}
						note={base ? share(base.token_accuracy) : undefined}
					/>
					<Stat
						label={t("ofResult")}
						value={loss(result?.valid_loss)}
						note={result ? share(result.token_accuracy) : undefined}
					/>
				</Grid>
				{samples.map((sample, place) => (
					<section key={sample.index} aria-label={t("sample", { number: place + 1 })}>
						<h3>{t("sample", { number: place + 1 })}</h3>
						<Grid>
							<Answer label={t("ofBase")} text={sample.base} />
							<Answer label={t("ofResult")} text={sample.result} />
						</Grid>
					</section>
				))}
			</Stack>
		</Panel>
	);
}

function Answer({ label, text }: { label: string; text: string }) {
	return (
		<div className={styles.answer}>
			<h4>{label}</h4>
			{text === "" ? <None /> : <p dir="auto">{text}</p>}
		</div>
	);
}
