// SPDX-License-Identifier: Apache-2.0
// What the gallery asks and does.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "@/api/client";
import { usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

type Schemas = components["schemas"];
export type Picture = Schemas["KeptImage"];
export type ImageAnalysis = Schemas["ImageAnalysis"];
export type Box = Schemas["ImageBox"];
export type Job = Schemas["ImageJob"];
export type GenerationCreate = Schemas["ImageGenerationCreate"];
export type EditCreate = Schemas["ImageEditCreate"];

const PAGE = 24;
const FOUND_MOST = 48;
const JOBS = 10;
const FOLLOW_MS = 2000;

/** The picture itself. */
export const contentOf = (file: string) => `/v1/files/${file}/content`;

const TEST_MODEL = "bulkhead-test-image";

/** Drawn by a program from the words, with its name in the picture: no model has seen them. */
export const isOfTestBackend = (picture: Pick<Picture, "model">) => picture.model === TEST_MODEL;

export function usePictures() {
	return usePages(["images"], (after) =>
		data(api.GET("/v1/images", { params: { query: { limit: PAGE, after } } })),
	);
}

/** By words, or by a picture: the id of a file. */
export function useFound({ text, like }: { text: string; like: string }) {
	return useQuery({
		queryKey: ["images", "found", { text, like }],
		queryFn: () =>
			data(
				api.POST("/v1/images/search", {
					body: { ...(like === "" ? { query: text } : { file_id: like }), limit: FOUND_MOST },
				}),
			),
		enabled: text !== "" || like !== "",
		placeholderData: keepPreviousData,
	});
}

const pictureKey = (id: string) => ["image", id];

/** Asked only where none of the pictures that are shown is it. */
export function usePicture(id: string, shown: readonly Picture[] | undefined) {
	const known = shown?.find((each) => each.id === id);
	const query = useQuery({
		queryKey: pictureKey(id),
		queryFn: (): Promise<Picture | null> =>
			data(api.GET("/v1/images/{image}", { params: { path: { image: id } } })),
		enabled: id !== "" && shown !== undefined && known === undefined,
	});
	return { picture: known ?? query.data, error: known ? null : query.error };
}

/** Where a picture was taken is looked for only when somebody asks. */
const WITH_PLACE = [
	"exif",
	"place",
	"colours",
	"near",
	"blur",
	"codes",
	"words",
	"layout",
	"labels",
	"faces",
	"safety",
] as const;

export const analysisKey = (file: string, place: boolean) => ["image-analysis", file, place];

/** It is read anew, which takes a moment; then it stays as it is. */
export function useAnalysis(file: string, place: boolean) {
	return useQuery({
		queryKey: analysisKey(file, place),
		queryFn: () =>
			data(
				api.POST("/v1/images/analyses", {
					body: { image: { file_id: file }, ...(place && { include: [...WITH_PLACE] }) },
				}),
			),
		staleTime: Number.POSITIVE_INFINITY,
		retry: false,
	});
}

export function useSetAlt() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: ({ id, alt }: { id: string; alt: string | null }) =>
			data(api.POST("/v1/images/{image}", { params: { path: { image: id } }, body: { alt } })),
		onSuccess: (picture) => {
			client.setQueryData(pictureKey(picture.id), picture);
			return client.invalidateQueries({ queryKey: ["images"] });
		},
	});
}

export function useDeletePicture() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) =>
			data(api.DELETE("/v1/images/{image}", { params: { path: { image: id } } })),
		onSuccess: (_, id) => {
			// It is not asked for once more while its page closes.
			client.setQueryData(pictureKey(id), null);
			void client.invalidateQueries({ queryKey: ["images"] });
		},
	});
}

export const isOver = (job: Pick<Job, "status">) =>
	job.status !== "queued" && job.status !== "in_progress";

/** Requests that are under way: they go on without this page, and it finds them again. */
export function useJobs() {
	return useQuery({
		queryKey: ["image-jobs"],
		queryFn: () => data(api.GET("/v1/images/jobs", { params: { query: { limit: JOBS } } })),
	});
}

/** One of them, asked again until it is over. */
export function useJob(first: Job) {
	return useQuery({
		queryKey: ["image-jobs", "one", first.id],
		queryFn: () => data(api.GET("/v1/images/jobs/{job}", { params: { path: { job: first.id } } })),
		initialData: first,
		refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : FOLLOW_MS),
	}).data;
}

/** The model with the price of a million pictures of that size and quality. */
export function usePriced(model: string | undefined, size: string, quality: string) {
	return useQuery({
		queryKey: ["models", "priced", model, size, quality],
		queryFn: () =>
			data(
				api.GET("/v1/models/{model}", {
					params: { path: { model: model ?? "" }, query: { size, quality } },
				}),
			),
		enabled: model !== undefined,
	});
}

/** What is made from pictures is an edit; both go on without the page. */
export function useMake() {
	return useMutation({
		mutationFn: async (body: GenerationCreate | EditCreate): Promise<Job> => {
			const made =
				"images" in body
					? await data(api.POST("/v1/images/edits", { body: body as never }))
					: await data(api.POST("/v1/images/generations", { body }));
			return made as Job;
		},
	});
}

export function useCancelJob() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) =>
			data(api.POST("/v1/images/jobs/{job}/cancel", { params: { path: { job: id } } })),
		onSuccess: () => client.invalidateQueries({ queryKey: ["image-jobs"] }),
	});
}
