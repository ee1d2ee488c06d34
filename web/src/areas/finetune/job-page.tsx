// SPDX-License-Identifier: Apache-2.0
// One job: where it is, what is wrong with its files, its curve, its checkpoints and its result.
"use client";
import { useTranslations } from "use-intl";
import { ApiError } from "@/api/errors";
import { useServerNow } from "@/api/use-server-now";
import { Progress, Skeleton } from "@/ui/bits";
import { CopyId } from "@/ui/copy";
import { Duration, None, Num, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Page, Panel } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { checkedOf, courseOf, evaluationOf, methodOf, settingsOf } from "./curve";
import { CurvePanel } from "./curve-panel";
import { Findings } from "./findings";
import { JobActs } from "./job-acts";
import { Cost, Status, Took } from "./marks";
import {
	type Checkpoint,
	isOver,
	type Job,
	type JobEvent,
	useCheckpoints,
	useJob,
} from "./queries";
import { Result } from "./result";
import { useEvents } from "./use-events";

export function JobPage({ id }: { id: string }) {
	const t = useTranslations("finetune");
	const query = useJob(id);
	const job = query.data;
	const back = { href: "/fine-tuning/", label: t("title") };
	if (job) return <Known job={job} back={back} />;
	return (
		<Page title={t("job")} back={back}>
			{query.error ? (
				<ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
			) : (
				<Skeleton lines={8} />
			)}
		</Page>
	);
}

function Known({ job, back }: { job: Job; back: { href: string; label: string } }) {
	const t = useTranslations("finetune");
	const { events, error } = useEvents({ id: job.id, over: isOver(job) });
	return (
		<Page
			title={job.fine_tuned_model ?? t("jobOf", { model: job.model })}
			back={back}
			mark={<Status job={job} />}
			actions={<JobActs job={job} />}
		>
			<State job={job} />
			{error && <ErrorPanel error={error} title={t("eventsLost")} />}
			<Findings job={job} events={events} />
			<CurvePanel job={job} events={events} />
			<Result job={job} />
			<Checkpoints job={job} />
			<Panel title={t("about")}>
				<About job={job} />
			</Panel>
			<Course events={events} />
		</Page>
	);
}

/** What it is doing, or what became of it. */
function State({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const { steps, steps_done, queue_position, paused, published, stage } = job.bulkhead;
	const evaluation = evaluationOf(job.bulkhead.evaluation);
	if (job.error)
		return (
			<ErrorPanel
				title={t("failedTitle")}
				error={
					new ApiError(job.error.message, {
						code: job.error.code,
						param: job.error.param ?? undefined,
					})
				}
			/>
		);
	if (job.status === "succeeded" && !published)
		return (
			<Callout tone="warn" title={t(evaluation?.worse ? "heldBackTitle" : "notServedTitle")}>
				{t(evaluation?.worse ? "heldBackText" : "notServedText")}
			</Callout>
		);
	if (isOver(job)) return null;
	if (paused) return <Callout title={t("pausedTitle")}>{t("pausedText")}</Callout>;
	const words =
		job.status === "validating_files"
			? t("validating")
			: queue_position > 0
				? t("waiting", { position: queue_position })
				: t(stage === "publish" ? "publishing" : "trainingNow");
	return (
		<Panel>
			<div role="status">
				<Progress
					label={words}
					value={steps > 0 ? steps_done : undefined}
					max={steps}
					text={steps > 0 ? t("stepsOf", { done: steps_done, steps }) : null}
				/>
			</div>
		</Panel>
	);
}

function About({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const now = useServerNow(5000).getTime() / 1000;
	const checked = checkedOf(job.bulkhead.data);
	const left = job.estimated_finish === null ? null : Math.round(job.estimated_finish - now);
	return (
		<DescriptionList
			items={[
				{ term: t("id"), value: <CopyId id={job.id} /> },
				{ term: t("base"), value: <bdi>{job.model}</bdi> },
				{ term: t("created"), value: <Time at={job.created_at} /> },
				{ term: t("took"), value: <Took job={job} /> },
				...(isOver(job) || left === null
					? []
					: [{ term: t("left"), value: <Duration ms={Math.max(0, left) * 1000} /> }]),
				{
					term: t("cost"),
					value: <Cost value={job.bulkhead.cost} most={job.bulkhead.cost_at_most} />,
				},
				{ term: t("costMost"), value: <Cost value={job.bulkhead.cost_at_most} /> },
				...(checked?.cost
					? [{ term: t("costEstimate"), value: <Cost value={checked.cost} /> }]
					: []),
				...(checked?.seconds != null
					? [{ term: t("timeEstimate"), value: <Duration ms={checked.seconds * 1000} /> }]
					: []),
				{
					term: t("tokens"),
					value: t.rich("tokensOf", {
						done: () => <Num value={job.bulkhead.trained_tokens} />,
						most: () => <Num value={job.bulkhead.reserved_tokens} />,
					}),
				},
				{ term: t("method"), value: t(`method_${methodOf(job.method)}`) },
				...settingsOf(job.method).map(([name, value]) => ({
					term: <code>{name}</code>,
					value: value === "auto" ? t("auto") : value,
				})),
				{ term: t("seed"), value: String(job.seed) },
				{ term: t("training"), value: <CopyId id={job.training_file} /> },
				{
					term: t("validation"),
					value: job.validation_file ? <CopyId id={job.validation_file} /> : t("heldOutAuto"),
				},
			]}
		/>
	);
}

function Checkpoints({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const rows = useCheckpoints(job.id, isOver(job) ? null : job.bulkhead.steps_done);
	const best = evaluationOf(job.bulkhead.evaluation)?.bestStep;
	const metric = (row: Checkpoint, name: string) => {
		const value = (row.metrics as Record<string, unknown> | null)?.[name];
		return typeof value === "number" ? value : null;
	};
	const figure = (id: string, header: string, name: string): Column<Checkpoint> => ({
		id,
		header,
		align: "end",
		cell: (row) => {
			const value = metric(row, name);
			return value === null ? <None /> : <Loss value={value} />;
		},
		sort: (row) => metric(row, name),
	});
	const columns: Column<Checkpoint>[] = [
		{
			id: "step",
			header: t("step"),
			primary: true,
			cell: (row) => (
				<>
					<Num value={row.step_number} /> {row.step_number === best && t("kept")}
				</>
			),
			sort: (row) => row.step_number,
		},
		figure("train", t("trainLoss"), "train_loss"),
		figure("valid", t("validLoss"), "full_valid_loss"),
		{
			id: "name",
			header: t("name"),
			secondary: true,
			cell: (row) => <CopyId id={row.fine_tuned_model_checkpoint} />,
		},
		{ id: "at", header: t("created"), cell: (row) => <Time at={row.created_at} relative /> },
	];
	if (rows === undefined || rows.length === 0) return null;
	return (
		<Panel title={t("checkpoints")} flush>
			<Table
				label={t("checkpoints")}
				columns={columns}
				rows={rows}
				rowKey={(row) => row.id}
				empty={null}
			/>
		</Panel>
	);
}

function Loss({ value }: { value: number }) {
	return <Num value={Math.round(value * 10_000) / 10_000} />;
}

function Course({ events }: { events: JobEvent[] }) {
	const t = useTranslations("finetune");
	const rows = courseOf(events);
	const columns: Column<JobEvent>[] = [
		{ id: "at", header: t("time"), cell: (row) => <Time at={row.created_at} /> },
		{
			id: "message",
			header: t("happened"),
			primary: true,
			cell: (row) => <bdi lang="en">{row.message}</bdi>,
		},
	];
	if (rows.length === 0) return null;
	return (
		<Panel title={t("course")} flush>
			<Table
				label={t("course")}
				columns={columns}
				rows={rows}
				rowKey={(row) => row.id}
				empty={null}
			/>
		</Panel>
	);
}
