// SPDX-License-Identifier: Apache-2.0
// Requests for pictures that are under way: how far they are, what is seen of them already, and how to end them.
"use client";
import { useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { ApiError, toApiError } from "@/api/errors";
import type { StreamEvent } from "@/api/stream";
import { useStream } from "@/api/use-stream";
import { Badge, Progress } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { Image } from "@/ui/image";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import styles from "./images.module.css";
import { contentOf, isOver, type Job, useCancelJob, useJob, useJobs } from "./queries";

/** What was begun here, and what an earlier visit or a colleague has begun and is not over. */
export function useMaking() {
	const client = useQueryClient();
	const listed = useJobs().data?.data;
	const [followed, setFollowed] = useState<Job[]>([]);
	useEffect(() => {
		const begun = listed?.filter((job) => !isOver(job)) ?? [];
		if (begun.length > 0)
			setFollowed((now) => [
				...now,
				...begun.filter((job) => !now.some(({ id }) => id === job.id)).reverse(),
			]);
	}, [listed]);
	return {
		jobs: followed,
		add: (job: Job) => setFollowed((now) => [...now, job]),
		drop: (id: string) => {
			setFollowed((now) => now.filter((job) => job.id !== id));
			void client.invalidateQueries({ queryKey: ["image-jobs"], exact: true });
		},
		/** Something new is to be seen. */
		renew: () => void client.invalidateQueries({ queryKey: ["images"] }),
	};
}

export function Making({ making }: { making: ReturnType<typeof useMaking> }) {
	const t = useTranslations("images");
	if (making.jobs.length === 0) return null;
	return (
		<Panel title={t("underWay")}>
			<Stack gap={5}>
				{making.jobs.map((job) => (
					<OneJob
						key={job.id}
						first={job}
						onMade={making.renew}
						onDrop={() => making.drop(job.id)}
					/>
				))}
			</Stack>
		</Panel>
	);
}

interface ImageEvent {
	b64_json?: string;
	output_format?: string;
	partial_image_index?: number;
	bulkhead?: { index?: number; file_id?: string };
}

/** What is seen of each picture: the file of one that is complete, else its latest draft. */
function usePreviews(job: Job, onMade: () => void) {
	const [previews, setPreviews] = useState<ReadonlyMap<number, string>>(new Map());
	const made = useRef(onMade);
	made.current = onMade;
	const { start } = useStream((events: StreamEvent[]) => {
		let complete = false;
		const seen = events.map(({ data }) => {
			const event = data as ImageEvent;
			const isDraft = event.partial_image_index !== undefined;
			complete ||= !isDraft;
			return [
				event.bulkhead?.index ?? 0,
				isDraft
					? `data:image/${event.output_format ?? "png"};base64,${event.b64_json ?? ""}`
					: contentOf(event.bulkhead?.file_id ?? ""),
			] as const;
		});
		setPreviews((now) => new Map([...now, ...seen]));
		if (complete) made.current();
	});
	const { id, n } = job;
	useEffect(() => {
		const address = (after: number) => `/v1/images/jobs/${id}/events?starting_after=${after}`;
		void start({
			url: address(-1),
			rejoin: address,
			isLast: ({ type, data }) =>
				type.endsWith(".completed") && (data as ImageEvent).bulkhead?.index === n - 1,
		});
	}, [id, n, start]);
	return previews;
}

interface OneJobProps {
	first: Job;
	onMade: () => void;
	onDrop: () => void;
}

function OneJob({ first, onMade, onDrop }: OneJobProps) {
	const t = useTranslations("images");
	const toast = useToast();
	const job = useJob(first);
	const previews = usePreviews(first, onMade);
	const cancel = useCancelJob();
	const over = isOver(job);
	const ended = useRef({ onMade, onDrop, toast, t });
	ended.current = { onMade, onDrop, toast, t };
	const { status, done, removed } = job;
	useEffect(() => {
		if (status !== "completed" && status !== "cancelled") return;
		const now = ended.current;
		now.onMade();
		// What was taken out of the prompt has to be read; the rest is seen in the gallery.
		if (removed.length > 0) return;
		now.toast(now.t(status === "completed" ? "madeToast" : "cancelledToast", { count: done }));
		now.onDrop();
	}, [status, done, removed]);
	return (
		<article className={styles.job} aria-label={job.prompt}>
			<div className={styles.jobHead}>
				<p className={styles.caption} dir="auto">
					{job.prompt}
				</p>
				{job.test_backend && <Badge tone="warn">{t("testBackend")}</Badge>}
				{over && <IconButton size="s" label={t("hide")} icon={<X size={14} />} onClick={onDrop} />}
			</div>
			{!over && (
				<Row gap={3}>
					<div className={styles.jobProgress} role="status">
						<Progress
							label={
								job.queue_position > 0
									? t("waiting", { position: job.queue_position })
									: t("drawing")
							}
							value={done > 0 ? done : undefined}
							max={job.n}
							text={t("doneOf", { done, count: job.n })}
						/>
					</div>
					<Button
						size="s"
						busy={cancel.isPending || cancel.isSuccess}
						onClick={() =>
							cancel.mutate(job.id, {
								onError: (error) => toast(toApiError(error).message, { error: true }),
							})
						}
					>
						{t("cancel")}
					</Button>
				</Row>
			)}
			{previews.size > 0 && (
				<div className={styles.previews}>
					{[...previews].map(([index, source]) => (
						<Image
							key={index}
							className={styles.preview}
							src={source}
							alt={t("draftOf", { number: index + 1 })}
						/>
					))}
				</div>
			)}
			{job.error && (
				<ErrorPanel
					error={
						new ApiError(job.error.message, {
							code: job.error.code,
							param: job.error.param ?? undefined,
						})
					}
					title={t("jobFailed")}
				/>
			)}
			{removed.length > 0 && <Callout tone="warn">{t("removedText")}</Callout>}
		</article>
	);
}
