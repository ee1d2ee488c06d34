// SPDX-License-Identifier: Apache-2.0
// The curve of a job as it is drawn, alone or over another job's.
"use client";
import { Download } from "lucide-react";
import { useMemo } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { save } from "@/areas/speech/save";
import { Button } from "@/ui/button";
import { RadioGroup, Switch } from "@/ui/choice";
import { Chart } from "@/ui/lazy-chart";
import { ErrorPanel } from "@/ui/notice";
import { Grid, Muted, Panel, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { csvOf, type Point, pointsOf, smooth, valuesAt } from "./curve";
import { isOver, type Job, type JobEvent, useJobs } from "./queries";
import { useEvents } from "./use-events";

/** The weight of what was before. */
const WEIGHTS = { none: 0, little: 0.6, medium: 0.9, much: 0.97 } as const;
type Weight = keyof typeof WEIGHTS;
const NAMES = Object.keys(WEIGHTS) as Weight[];

interface CurvePanelProps {
	job: Job;
	events: JobEvent[];
}

export function CurvePanel({ job, events }: CurvePanelProps) {
	const t = useTranslations("finetune");
	const [shown, setShown] = useQueryState("curve", "loss");
	const [weight, setWeight] = useQueryState("smooth", "none");
	const [log, setLog] = useQueryState("log");
	const [otherId, setOther] = useQueryState("with");
	const jobs = useJobs().rows?.filter(({ id }) => id !== job.id);
	const other = jobs?.find(({ id }) => id === otherId);
	const others = useEvents({ id: otherId, over: other === undefined || isOver(other) });
	const points = useMemo(() => pointsOf(events), [events]);
	const otherPoints = useMemo(() => pointsOf(others.events), [others.events]);
	const isRate = shown === "rate";
	return (
		<Panel
			title={t("curve")}
			actions={
				<Button
					size="s"
					icon={<Download size={14} />}
					disabled={points.length === 0}
					onClick={() => save(new Blob([csvOf(points)], { type: "text/csv" }), `${job.id}.csv`)}
				>
					{t("csv")}
				</Button>
			}
		>
			<Stack>
				<Grid min="s">
					<RadioGroup
						label={t("shown")}
						segmented
						value={isRate ? "rate" : "loss"}
						onChange={setShown}
						options={[
							{ value: "loss", label: t("loss") },
							{ value: "rate", label: t("learningRate") },
						]}
					/>
					<Select
						label={t("smoothing")}
						value={weightOf(weight)}
						onChange={setWeight}
						options={NAMES.map((value) => ({ value, label: t(`smooth_${value}`) }))}
					/>
					<Select
						label={t("overlay")}
						value={otherId}
						onChange={setOther}
						options={[
							{ value: "", label: t("overlayNone") },
							...(jobs ?? []).map(({ id, fine_tuned_model, model }) => ({
								value: id,
								label: fine_tuned_model ?? model,
								hint: id,
							})),
						]}
					/>
					<Switch
						label={t("logAxis")}
						checked={log !== ""}
						onChange={(on) => setLog(on ? "1" : "")}
					/>
				</Grid>
				{others.error && <ErrorPanel error={others.error} />}
				{points.length === 0 ? (
					<Muted>{t("noCurve")}</Muted>
				) : (
					<Curve
						points={points}
						others={otherPoints}
						isRate={isRate}
						weight={WEIGHTS[weightOf(weight)]}
						log={log !== ""}
					/>
				)}
			</Stack>
		</Panel>
	);
}

const weightOf = (text: string): Weight => NAMES.find((name) => name === text) ?? "none";

interface CurveProps {
	points: Point[];
	others: Point[];
	isRate: boolean;
	weight: number;
	log: boolean;
}

function Curve({ points, others, isRate, weight, log }: CurveProps) {
	const t = useTranslations("finetune");
	const intl = useFormatter();
	const { steps, series } = useMemo(() => {
		const all = [...new Set([...points, ...others].map(({ step }) => step))].sort((a, b) => a - b);
		// Step 0 is the base model's: nothing was learned in it.
		const at = isRate ? all.filter((step) => step > 0) : all;
		const lines = (of: Point[], names: [string, string, string]) =>
			isRate
				? [{ label: names[2], values: valuesAt(of, at, "rate") }]
				: [
						{ label: names[0], values: smooth(valuesAt(of, at, "train"), weight) },
						{ label: names[1], values: valuesAt(of, at, "valid") },
					];
		return {
			steps: at,
			series: [
				...lines(points, [t("trainLoss"), t("validLoss"), t("learningRate")]),
				...(others.length > 0
					? lines(others, [t("otherTrain"), t("otherValid"), t("otherRate")])
					: []),
			],
		};
	}, [points, others, isRate, weight, t]);
	const loss = (value: number | null | undefined) =>
		value === null || value === undefined ? "–" : intl.number(value, { maximumFractionDigits: 4 });
	const lastOf = (what: "train" | "valid") =>
		loss(points.findLast((point) => point[what] !== null)?.[what]);
	return (
		<Chart
			label={t(isRate ? "learningRate" : "loss")}
			summary={
				isRate
					? t("rateSummary", { step: points.at(-1)?.step ?? 0 })
					: t("lossSummary", {
							step: points.at(-1)?.step ?? 0,
							train: lastOf("train"),
							valid: lastOf("valid"),
						})
			}
			kind="line"
			times={steps}
			counted={t("step")}
			log={log}
			series={series}
			format={(value) =>
				isRate
					? intl.number(value, { notation: "scientific", maximumFractionDigits: 2 })
					: loss(value)
			}
		/>
	);
}
