// SPDX-License-Identifier: Apache-2.0
// The files of a store: sent by dropping or choosing, followed while they are read, found by state and name.
"use client";
import { Download, Ellipsis, RotateCcw, Trash2 } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { SavedViews } from "@/shell/saved-views";
import { Badge } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { EndlessTable } from "@/ui/endless-table";
import { SearchField } from "@/ui/field";
import { Bytes, Num, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Menu } from "@/ui/menu";
import { Empty } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { type Column, Filters } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { fileAddress } from "./address";
import { FileProgress } from "./file-progress";
import { ReceiptDialog, RemoveFileDialog } from "./lazy";
import {
	type FileFilter,
	type Receipt,
	type Status,
	type Store,
	type StoreFile,
	useFiles,
	useMovingFiles,
	useRetryFailed,
	useRetryFile,
} from "./queries";
import { filesSnippets } from "./snippets";
import { FILE_TONES } from "./states";
import { UploadPanel } from "./upload-panel";

const STATUSES = ["all", "in_progress", "completed", "failed", "cancelled"] as const;
/** A browser has six connections to a host; two of them may follow a file. */
const FOLLOWED = 2;

export function FilesPanel({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const { can } = useSession();
	const [status, setStatus] = useQueryState("status", "all");
	const [name, setName] = useQueryState("name");
	const filter: FileFilter = {
		status: STATUSES.find((each) => each === status) ?? "all",
		name: useDeferredValue(name),
	};
	const files = useFiles(store.id, filter);
	const moving = useMovingFiles(store, files.rows);
	const [removing, setRemoving] = useState<StoreFile | null>(null);
	const [receipt, setReceipt] = useState<Receipt | null>(null);
	const writable = can("vector_stores:write") && store.status !== "expired";
	const followed = useMemo(
		() =>
			new Set(
				moving
					.filter((file) => file.bulkhead.stage !== "queued")
					.slice(0, FOLLOWED)
					.map((file) => file.id),
			),
		[moving],
	);
	const columns = useColumns({ store, writable, followed, onRemove: setRemoving });
	const filtered = filter.status !== "all" || filter.name !== "";
	return (
		<Stack>
			{writable && can("files:write") && <UploadPanel store={store} />}
			<Filters>
				<SearchField
					label={t("findName")}
					value={name}
					onChange={(event) => setName(event.target.value)}
				/>
				<FilterSelect
					label={t("state")}
					value={filter.status}
					onChange={setStatus}
					options={STATUSES.map((each) => ({ value: each, label: t(`filter_${each}`) }))}
				/>
				<SavedViews />
				{writable && store.file_counts.failed > 0 && <RetryFailed store={store} />}
			</Filters>
			<Panel flush>
				<EndlessTable
					label={t("files")}
					columns={columns}
					rows={files.rows}
					rowKey={(file) => file.id}
					error={files.error}
					onRetry={() => void files.refetch()}
					hasMore={files.hasNextPage}
					busy={files.isFetching}
					onMore={() => void files.fetchNextPage()}
					count={filtered ? undefined : store.file_counts.total}
					empty={
						filtered ? (
							<Empty title={t("noMatch")}>{t("noMatchText")}</Empty>
						) : (
							<Empty title={t("noFiles")}>{writable ? t("noFilesText") : t("noFilesReader")}</Empty>
						)
					}
				/>
			</Panel>
			<Row>
				<CodeButton snippets={(origin) => filesSnippets(origin, store.id)} />
			</Row>
			<RemoveFileDialog
				store={store.id}
				file={removing}
				onClose={() => setRemoving(null)}
				onRemoved={setReceipt}
			/>
			<ReceiptDialog receipt={receipt} onClose={() => setReceipt(null)} />
		</Stack>
	);
}

function RetryFailed({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const toast = useToast();
	const retry = useRetryFailed(store.id);
	return (
		<Button
			icon={<RotateCcw size={14} />}
			busy={retry.isPending}
			onClick={() =>
				retry.mutate(undefined, {
					onSuccess: (count) => toast(t("retriedToast", { count })),
					onError: (error) => toast(toApiError(error).message, { error: true }),
				})
			}
		>
			{t("retryFailed", { count: store.file_counts.failed })}
		</Button>
	);
}

interface ColumnOptions {
	store: Store;
	writable: boolean;
	followed: Set<string>;
	onRemove: (file: StoreFile) => void;
}

function useColumns({ store, writable, followed, onRemove }: ColumnOptions): Column<StoreFile>[] {
	const t = useTranslations("documents");
	const { id } = store;
	return useMemo(
		() => [
			{
				id: "name",
				header: t("name"),
				primary: true,
				cell: (file) => (
					<Link href={fileAddress(id, file.id)} title={file.bulkhead.filename}>
						<bdi>{file.bulkhead.filename}</bdi>
					</Link>
				),
			},
			{
				id: "state",
				header: t("state"),
				cell: (file) =>
					file.status === "in_progress" ? (
						<FileProgress file={file} follow={followed.has(file.id)} />
					) : (
						<FileState file={file} />
					),
			},
			{
				id: "chunks",
				header: t("chunks"),
				align: "end",
				secondary: true,
				cell: (file) => <Num value={file.bulkhead.chunks} />,
			},
			{
				id: "size",
				header: t("size"),
				align: "end",
				secondary: true,
				cell: (file) => <Bytes value={file.bulkhead.bytes} />,
			},
			{
				id: "added",
				header: t("added"),
				align: "end",
				secondary: true,
				cell: (file) => <Time at={file.created_at} relative />,
			},
			{
				id: "actions",
				header: t("actions"),
				actions: true,
				cell: (file) => <FileMenu file={file} writable={writable} onRemove={onRemove} />,
			},
		],
		[t, id, writable, followed, onRemove],
	);
}

export function FileState({ file }: { file: StoreFile }) {
	const t = useTranslations("documents");
	const { can } = useSession();
	const toast = useToast();
	const retry = useRetryFile(file.vector_store_id);
	const status: Status = file.status;
	if (status !== "failed" && status !== "cancelled")
		return <Badge tone={FILE_TONES[status]}>{t(`status_${status}`)}</Badge>;
	return (
		<Stack gap={1}>
			<span>
				<Badge tone={FILE_TONES[status]}>{t(`status_${status}`)}</Badge>{" "}
				{can("vector_stores:write") && (
					<Button
						size="s"
						variant="quiet"
						busy={retry.isPending}
						onClick={() =>
							retry.mutate(file.id, {
								onError: (error) => toast(toApiError(error).message, { error: true }),
							})
						}
					>
						{t("retry")}
					</Button>
				)}
			</span>
			{file.last_error && <span>{file.last_error.message}</span>}
		</Stack>
	);
}

function FileMenu({
	file,
	writable,
	onRemove,
}: {
	file: StoreFile;
	writable: boolean;
	onRemove: (file: StoreFile) => void;
}) {
	const t = useTranslations("documents");
	const { can } = useSession();
	const items = [
		...(can("files:read")
			? [
					{
						label: t("download"),
						icon: <Download size={16} />,
						onSelect: () => download(file),
					},
				]
			: []),
		...(writable
			? [
					{
						label: t("remove"),
						icon: <Trash2 size={16} />,
						danger: true,
						onSelect: () => onRemove(file),
					},
				]
			: []),
	];
	if (items.length === 0) return null;
	return (
		<Menu
			trigger={
				<IconButton
					size="s"
					label={t("actionsOf", { name: file.bulkhead.filename })}
					icon={<Ellipsis size={16} />}
				/>
			}
			groups={[{ items }]}
		/>
	);
}

/** Always as a download: what somebody uploaded is never opened as a page of this origin. */
export function download(file: StoreFile) {
	const link = document.createElement("a");
	link.href = `/v1/files/${file.id}/content`;
	link.download = file.bulkhead.filename;
	link.click();
}
