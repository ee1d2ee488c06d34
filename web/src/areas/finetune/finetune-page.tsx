// SPDX-License-Identifier: Apache-2.0
// Fine-tuning: all jobs, or the one that the address names.
"use client";
import { SlidersHorizontal } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Progress } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { None, Time } from "@/ui/format";
import { lazyDialog } from "@/ui/lazy-dialog";
import { Callout, Empty } from "@/ui/notice";
import { Page, Panel } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { type Column, Pager, Table } from "@/ui/table";
import { Cost, Status, Took } from "./marks";
import { isOver, type Job, useJobs } from "./queries";
import { finetuneSnippets } from "./snippets";

const JobPage = dynamic(() => import("./job-page").then((module) => module.JobPage), {
	ssr: false,
});
const CreateDialog = lazyDialog(
	() => import("./create-dialog").then((module) => module.CreateDialog),
	(props) => props.open,
);

const jobAddress = (id: string) => `/fine-tuning/?id=${encodeURIComponent(id)}`;

export function FineTuningPage() {
	const t = useTranslations("finetune");
	const { can } = useSession();
	const [id] = useQueryState("id");
	if (!can("finetune:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	return id === "" ? <JobsPage /> : <JobPage key={id} id={id} />;
}

function JobsPage() {
	const t = useTranslations("finetune");
	const router = useRouter();
	const { can } = useSession();
	const writable = can("finetune:write") && can("files:read");
	const [creating, setCreating] = useDo("create");
	const jobs = useJobs();
	const create = writable && (
		<Button
			variant="primary"
			icon={<SlidersHorizontal size={16} />}
			onClick={() => setCreating(true)}
		>
			{t("create")}
		</Button>
	);
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={
				<>
					<CodeButton snippets={finetuneSnippets} />
					{create}
				</>
			}
		>
			<Panel flush>
				<Table
					label={t("title")}
					columns={useColumns()}
					rows={jobs.rows}
					rowKey={(job) => job.id}
					error={jobs.error}
					onRetry={jobs.refetch}
					onRowClick={(job) => router.push(jobAddress(job.id))}
					empty={
						<Empty title={t("emptyTitle")} action={create}>
							{t("emptyText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...jobs.pager} />
			<CreateDialog
				open={creating && writable}
				onOpenChange={setCreating}
				onCreated={(job) => router.push(jobAddress(job.id))}
			/>
		</Page>
	);
}

function useColumns(): Column<Job>[] {
	const t = useTranslations("finetune");
	return [
		{
			id: "model",
			header: t("job"),
			primary: true,
			cell: (job) => (
				<StateLink to={{ id: job.id }}>
					<bdi>{job.fine_tuned_model ?? job.model}</bdi>
				</StateLink>
			),
		},
		{ id: "status", header: t("status"), cell: (job) => <Status job={job} /> },
		{ id: "base", header: t("base"), secondary: true, cell: (job) => <bdi>{job.model}</bdi> },
		{ id: "progress", header: t("progress"), cell: (job) => <Steps job={job} /> },
		{
			id: "cost",
			header: t("cost"),
			align: "end",
			cell: (job) => <Cost value={job.bulkhead.cost} most={job.bulkhead.cost_at_most} />,
		},
		{ id: "took", header: t("took"), align: "end", cell: (job) => <Took job={job} /> },
		{
			id: "created",
			header: t("created"),
			secondary: true,
			cell: (job) => <Time at={job.created_at} relative />,
		},
	];
}

function Steps({ job }: { job: Job }) {
	const t = useTranslations("finetune");
	const { steps, steps_done, queue_position } = job.bulkhead;
	if (queue_position > 0) return t("waiting", { position: queue_position });
	if (steps === 0) return <None />;
	return (
		<Progress
			hideLabel={isOver(job)}
			label={t("stepsOf", { done: steps_done, steps })}
			value={steps_done}
			max={steps}
		/>
	);
}
