// SPDX-License-Identifier: Apache-2.0
// What the document pages ask and do.
import {
	type InfiniteData,
	type QueryClient,
	useInfiniteQuery,
	useMutation,
	useQuery,
	useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, data } from "@/api/client";
import { type CursorPage, usePages } from "@/api/queries";
import type { components } from "@/api/schema.gen";

type Schemas = components["schemas"];
export type Store = Schemas["VectorStore"];
export type StoreFile = Schemas["StoreFile"];
export type Chunk = Schemas["StoreFileChunk"];
export type Receipt = Schemas["DeletionReceipt"];
export type Search = Schemas["Search"];
export type SearchPage = Schemas["SearchPage"];
export type SearchHit = Schemas["SearchHit"];
export type FileEvent = Schemas["StoreFileEvent"];
export type Attributes = NonNullable<StoreFile["attributes"]>;
export type Status = StoreFile["status"];

const PAGE = 100;
const POLL_MS = 1500;
const NONE: StoreFile[] = [];
/** Of a batch, by the API. */
const BATCH_MOST = 2000;

export function useStores() {
	return usePages(["documents", "stores"], (after) =>
		data(api.GET("/v1/vector_stores", { params: { query: { limit: 50, after } } })),
	);
}

/** Whether something of the store is still to come: files, an import, another model's vectors. */
export function isMoving(store: Store): boolean {
	return (
		store.file_counts.in_progress > 0 ||
		store.bulkhead.import?.status === "in_progress" ||
		store.bulkhead.change?.status === "in_progress"
	);
}

export function useStore(id: string) {
	return useQuery({
		queryKey: ["documents", "store", id],
		queryFn: () => data(api.GET("/v1/vector_stores/{store}", { params: { path: { store: id } } })),
		refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? POLL_MS : false),
	});
}

export interface FileFilter {
	status: Status | "all";
	name: string;
}

const filesKey = (store: string, filter: FileFilter) => ["documents", "files", store, filter];

type FilePages = InfiniteData<CursorPage<StoreFile>, string | undefined>;

/** The files of a store, a page more each time the end of the list comes into view. */
export function useFiles(store: string, filter: FileFilter) {
	const query = useInfiniteQuery({
		queryKey: filesKey(store, filter),
		queryFn: ({ pageParam }) => fetchFiles(store, filter, pageParam),
		initialPageParam: undefined as string | undefined,
		getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.id : undefined),
		staleTime: 60_000,
	});
	const rows = query.data?.pages.flatMap((page) => page.data);
	return { ...query, rows };
}

function fetchFiles(store: string, filter: FileFilter, after?: string) {
	return data(
		api.GET("/v1/vector_stores/{store}/files", {
			params: {
				path: { store },
				query: {
					limit: PAGE,
					after,
					filter: filter.status === "all" ? undefined : filter.status,
					filename: filter.name === "" ? undefined : filter.name,
				},
			},
		}),
	);
}

/**
 * What is being ingested, oldest first: asked again and again while there is anything, and put into the lists that
 * are shown. A file that has left is asked for by itself, so that no list of thousands is read again.
 */
export function useMovingFiles(store: Store, rows: StoreFile[] | undefined) {
	const client = useQueryClient();
	const { id } = store;
	// Counts and rows are of two moments: a row that is shown as under way is followed to its end.
	const moving =
		store.file_counts.in_progress > 0 || (rows ?? []).some((row) => row.status === "in_progress");
	const query = useQuery({
		queryKey: ["documents", "moving", id],
		queryFn: () =>
			data(
				api.GET("/v1/vector_stores/{store}/files", {
					params: {
						path: { store: id },
						query: { filter: "in_progress", limit: PAGE, order: "asc" },
					},
				}),
			),
		enabled: moving,
		refetchInterval: moving ? POLL_MS : false,
	});
	// Files that an import brings were never seen under way: the lists are read again as they come.
	const brought = store.bulkhead.import?.done ?? 0;
	const known = useRef(brought);
	useEffect(() => {
		if (known.current === brought) return;
		known.current = brought;
		void client.invalidateQueries({ queryKey: ["documents", "files", id] });
	}, [brought, client, id]);
	const answer = query.data;
	useEffect(() => {
		if (!answer) return;
		const now = new Map(answer.data.map((file) => [file.id, file]));
		// Beyond a page of them, one that was added later may still be waiting.
		const until = answer.has_more
			? (answer.data.at(-1)?.created_at ?? 0)
			: Number.POSITIVE_INFINITY;
		const left = new Set<string>();
		client.setQueriesData<FilePages>({ queryKey: ["documents", "files", id] }, (was) =>
			was ? { ...was, pages: was.pages.map((page) => withStates(page, now, until, left)) } : was,
		);
		for (const file of left) void refreshFile(client, id, file);
	}, [answer, client, id]);
	return (moving && answer?.data) || NONE;
}

function withStates(
	page: CursorPage<StoreFile>,
	now: Map<string, StoreFile>,
	until: number,
	left: Set<string>,
): CursorPage<StoreFile> {
	return {
		...page,
		data: page.data.map((file) => {
			if (file.status === "in_progress" && !now.has(file.id) && file.created_at < until)
				left.add(file.id);
			return now.get(file.id) ?? file;
		}),
	};
}

async function refreshFile(client: QueryClient, store: string, file: string) {
	const found = await data(
		api.GET("/v1/vector_stores/{store}/files/{file}", { params: { path: { store, file } } }),
	).catch(() => null);
	if (found) putFile(client, found);
}

/** Into every list that shows it. */
function putFile(client: QueryClient, file: StoreFile) {
	client.setQueriesData<FilePages>(
		{ queryKey: ["documents", "files", file.vector_store_id] },
		(was) =>
			was && {
				...was,
				pages: was.pages.map((page) => ({
					...page,
					data: page.data.map((each) => (each.id === file.id ? file : each)),
				})),
			},
	);
	client.setQueryData(["documents", "file", file.vector_store_id, file.id], file);
}

export function useFile(store: string, file: string) {
	return useQuery({
		queryKey: ["documents", "file", store, file],
		queryFn: () =>
			data(
				api.GET("/v1/vector_stores/{store}/files/{file}", { params: { path: { store, file } } }),
			),
		refetchInterval: (query) => (query.state.data?.status === "in_progress" ? POLL_MS : false),
	});
}

export function useText(store: string, file: string) {
	return useQuery({
		queryKey: ["documents", "text", store, file],
		queryFn: async () => {
			const page = await data(
				api.GET("/v1/vector_stores/{store}/files/{file}/content", {
					params: { path: { store, file } },
				}),
			);
			return page.data.map((part) => part.text).join("");
		},
		staleTime: Number.POSITIVE_INFINITY,
	});
}

/** All of them, page after page: the map of a text has no use for a part. */
export function useChunks(store: string, file: string) {
	const query = useInfiniteQuery({
		queryKey: ["documents", "chunks", store, file],
		queryFn: ({ pageParam }) =>
			data(
				api.GET("/v1/vector_stores/{store}/files/{file}/chunks", {
					params: { path: { store, file }, query: { limit: PAGE, after: pageParam } },
				}),
			),
		initialPageParam: undefined as string | undefined,
		getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.id : undefined),
		staleTime: Number.POSITIVE_INFINITY,
	});
	const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = query;
	useEffect(() => {
		if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
	}, [hasNextPage, isFetchingNextPage, fetchNextPage, isError]);
	return { ...query, rows: query.data?.pages.flatMap((page) => page.data) };
}

export function useSearch(store: string, body: Search | null) {
	return useQuery({
		queryKey: ["documents", "search", store, body],
		queryFn: ({ signal }) =>
			data(
				api.POST("/v1/vector_stores/{store}/search", {
					params: { path: { store } },
					body: body as Search,
					signal,
				}),
			),
		enabled: body !== null,
		staleTime: 0,
		retry: false,
	});
}

export function useReceipts() {
	return usePages(["documents", "receipts"], (after) =>
		data(api.GET("/v1/receipts", { params: { query: { limit: 50, after } } })),
	);
}

export function useReceipt(first: Receipt | null) {
	const query = useQuery({
		queryKey: ["documents", "receipt", first?.id],
		queryFn: () =>
			data(api.GET("/v1/receipts/{receipt}", { params: { path: { receipt: first?.id ?? "" } } })),
		enabled: first !== null && first.status === "in_progress",
		refetchInterval: (each) => (each.state.data?.status === "completed" ? false : POLL_MS),
	});
	return query.data ?? first;
}

/** What says how many there are. Lists of files are patched instead: they may be a hundred pages long. */
function refreshCounts(client: QueryClient) {
	for (const part of ["stores", "store", "moving"])
		void client.invalidateQueries({ queryKey: ["documents", part] });
	void client.invalidateQueries({ queryKey: ["home"] });
}

/** Puts what is new at the beginning of the lists of a store. */
export async function refreshTop(client: QueryClient, store: string) {
	refreshCounts(client);
	const lists = client.getQueriesData<FilePages>({ queryKey: ["documents", "files", store] });
	await Promise.all(
		lists.map(async ([key]) => {
			const page = await fetchFiles(store, key[3] as FileFilter).catch(() => null);
			if (!page) return;
			client.setQueryData<FilePages>(key, (was) => was && withNew(was, page.data));
		}),
	);
}

function withNew(was: FilePages, rows: StoreFile[]): FilePages {
	const newest = new Map(rows.map((row) => [row.id, row]));
	const [first, ...rest] = was.pages;
	if (!first) return was;
	const known = new Set(was.pages.flatMap((page) => page.data.map((row) => row.id)));
	const added = rows.filter((row) => !known.has(row.id));
	return {
		...was,
		pages: [
			{
				...first,
				data: [...added, ...first.data.map((row) => newest.get(row.id) ?? row)],
			},
			...rest,
		],
	};
}

function useStoreWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
	const client = useQueryClient();
	return useMutation({ mutationFn: write, onSuccess: () => refreshCounts(client) });
}

export function useCreateStore() {
	return useStoreWrite((body: Schemas["VectorStoreCreate"]) =>
		data(api.POST("/v1/vector_stores", { body })),
	);
}

export function useUpdateStore() {
	return useStoreWrite(({ id, body }: { id: string; body: Schemas["VectorStoreUpdate"] }) =>
		data(api.POST("/v1/vector_stores/{store}", { params: { path: { store: id } }, body })),
	);
}

export function useDeleteStore() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) =>
			data(api.DELETE("/v1/vector_stores/{store}", { params: { path: { store: id } } })),
		onSuccess: (_, id) => {
			// Its page stands behind the receipt and must not ask for what is gone.
			client.setQueryData<Store>(["documents", "store", id], (was) => was && settled(was));
			void client.invalidateQueries({ queryKey: ["documents", "stores"] });
			void client.invalidateQueries({ queryKey: ["home"] });
		},
	});
}

const settled = (store: Store): Store => ({
	...store,
	file_counts: { ...store.file_counts, in_progress: 0 },
	bulkhead: { ...store.bulkhead, change: null, import: null },
});

/** Attaching again: the ingestion begins anew, and the attributes stay. */
export function useRetryFile(store: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (file: string) =>
			data(
				api.POST("/v1/vector_stores/{store}/files", {
					params: { path: { store } },
					body: { file_id: file },
				}),
			),
		onSuccess: (again) => {
			putFile(client, again);
			refreshCounts(client);
		},
	});
}

/** Begins every failed file of the store anew, not only those that are shown. */
export function useRetryFailed(store: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: async () => {
			const failed: string[] = [];
			for (let after: string | undefined; ; ) {
				const page = await fetchFiles(store, { status: "failed", name: "" }, after);
				failed.push(...page.data.map((file) => file.id));
				after = page.data.at(-1)?.id;
				if (!page.has_more || after === undefined) break;
			}
			for (let at = 0; at < failed.length; at += BATCH_MOST)
				await data(
					api.POST("/v1/vector_stores/{store}/file_batches", {
						params: { path: { store } },
						body: { file_ids: failed.slice(at, at + BATCH_MOST) },
					}),
				);
			return failed.length;
		},
		onSuccess: () => {
			refreshCounts(client);
			void client.resetQueries({ queryKey: ["documents", "files", store] });
		},
	});
}

/** `everywhere`: the file itself goes too, from all stores. */
export function useRemoveFile(store: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: ({ file, everywhere }: { file: string; everywhere: boolean }) =>
			everywhere
				? data(api.DELETE("/v1/files/{file}", { params: { path: { file } } }))
				: data(
						api.DELETE("/v1/vector_stores/{store}/files/{file}", {
							params: { path: { store, file } },
						}),
					),
		onSuccess: (gone) => {
			client.setQueriesData<FilePages>(
				{ queryKey: ["documents", "files", store] },
				(was) =>
					was && {
						...was,
						pages: was.pages.map((page) => ({
							...page,
							data: page.data.filter((each) => each.id !== gone.id),
						})),
					},
			);
			refreshCounts(client);
		},
	});
}

export function useSetAttributes(store: string, file: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (attributes: Attributes) =>
			data(
				api.POST("/v1/vector_stores/{store}/files/{file}", {
					params: { path: { store, file } },
					body: { attributes },
				}),
			),
		onSuccess: (changed) => putFile(client, changed),
	});
}

export function useBeginChat() {
	return useMutation({
		mutationFn: (store: string) =>
			data(
				api.POST("/api/chats", {
					body: { settings: { model: "default", stores: [store], grounding: "default" } as never },
				}),
			),
	});
}
