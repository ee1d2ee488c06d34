// SPDX-License-Identifier: Apache-2.0
// What the fine-tuning pages ask and do.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

type Schemas = components["schemas"];
export type Job = Schemas["FineTuningJob"];
export type JobCreate = Schemas["FineTuningJobCreate"];
export type JobEvent = Schemas["FineTuningJobEvent"];
export type Checkpoint = Schemas["FineTuningCheckpoint"];
export type DataFile = Schemas["File"];

const PAGE = 20;
const FILES_MOST = 100;
const CHECKPOINTS_MOST = 100;
const LIST_MS = 5000;
const FOLLOW_MS = 2000;
const KEY = "finetune";

const OVER = ["succeeded", "failed", "cancelled"];
export const isOver = (job: Pick<Job, "status">) => OVER.includes(job.status);

/** The newest first; asked again while one of them is not over. */
export function useJobs() {
	const client = useQueryClient();
	const list = usePages([KEY, "jobs"], (after) =>
		data(api.GET("/v1/fine_tuning/jobs", { params: { query: { limit: PAGE, after } } })),
	);
	const moving = list.rows?.some((job) => !isOver(job)) ?? false;
	useEffect(() => {
		if (!moving) return;
		const timer = setInterval(
			() => void client.invalidateQueries({ queryKey: [KEY, "jobs"] }),
			LIST_MS,
		);
		return () => clearInterval(timer);
	}, [moving, client]);
	return list;
}

export function useJob(id: string) {
	return useQuery({
		queryKey: [KEY, "job", id],
		queryFn: () =>
			data(
				api.GET("/v1/fine_tuning/jobs/{fine_tuning_job}", {
					params: { path: { fine_tuning_job: id } },
				}),
			),
		refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : FOLLOW_MS),
	});
}

/** Asked anew with each step count, which says that there may be another. */
export function useCheckpoints(id: string, step: number | null) {
	return useQuery({
		queryKey: [KEY, "checkpoints", id, step],
		queryFn: () =>
			data(
				api.GET("/v1/fine_tuning/jobs/{fine_tuning_job}/checkpoints", {
					params: { path: { fine_tuning_job: id }, query: { limit: CHECKPOINTS_MOST } },
				}),
			),
		placeholderData: (before) => before,
	}).data?.data;
}

/** What was uploaded to train on; adapters have the same purpose, and another name. */
export function useDataFiles(enabled: boolean) {
	const query = useQuery({
		queryKey: [KEY, "files"],
		queryFn: () =>
			data(
				api.GET("/v1/files", {
					params: { query: { purpose: "fine-tune", limit: FILES_MOST, order: "desc" } },
				}),
			),
		enabled,
	});
	return query.data?.data.filter(({ filename }) => !filename.endsWith(".gguf"));
}

export function useRenewFiles() {
	const client = useQueryClient();
	return () => client.invalidateQueries({ queryKey: [KEY, "files"] });
}

export function useCreateJob() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (body: JobCreate) => data(api.POST("/v1/fine_tuning/jobs", { body })),
		onSuccess: (job) => {
			client.setQueryData([KEY, "job", job.id], job);
			void client.invalidateQueries({ queryKey: [KEY, "jobs"] });
		},
	});
}

export type Act = "cancel" | "pause" | "resume";

export function useAct(id: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (act: Act) => {
			const params = { path: { fine_tuning_job: id } };
			if (act === "cancel")
				return data(api.POST("/v1/fine_tuning/jobs/{fine_tuning_job}/cancel", { params }));
			if (act === "pause")
				return data(api.POST("/v1/fine_tuning/jobs/{fine_tuning_job}/pause", { params }));
			return data(api.POST("/v1/fine_tuning/jobs/{fine_tuning_job}/resume", { params }));
		},
		onSuccess: (job) => {
			client.setQueryData([KEY, "job", id], job);
			void client.invalidateQueries({ queryKey: [KEY, "jobs"] });
		},
	});
}

export function useDeleteModel() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (model: string) =>
			data(api.DELETE("/v1/models/{model}", { params: { path: { model } } })),
		onSuccess: () => client.invalidateQueries({ queryKey: ["models"] }),
	});
}
