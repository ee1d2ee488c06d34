// SPDX-License-Identifier: Apache-2.0
// One file of a store: what became of it, its text beside its chunks, its attributes.
"use client";
import { Download, Pencil, RotateCcw, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge, Skeleton, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CopyId } from "@/ui/copy";
import { Bytes, None, Num, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Page, Panel, Row } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { storeAddress } from "./address";
import { AttributesDialog } from "./attributes-dialog";
import { FileProgress } from "./file-progress";
import { download } from "./files-panel";
import { writeValue } from "./filters";
import { ReceiptDialog, RemoveFileDialog } from "./lazy";
import { type Receipt, type StoreFile, useFile, useRetryFile, useStore } from "./queries";
import { FILE_TONES } from "./states";
import { TextView } from "./text-view";

export function FilePage({ storeId, fileId }: { storeId: string; fileId: string }) {
	const t = useTranslations("documents");
	const router = useRouter();
	const { can } = useSession();
	const store = useStore(storeId);
	const query = useFile(storeId, fileId);
	const [editing, setEditing] = useDo("attributes");
	const [removing, setRemoving] = useState<StoreFile | null>(null);
	const [receipt, setReceipt] = useState<Receipt | null>(null);
	const file = query.data;
	const writable = can("vector_stores:write");
	const back = {
		href: storeAddress(storeId),
		label: store.data?.name || t("store"),
	};
	if (query.error && !file)
		return (
			<Page title={t("file")} back={back}>
				<ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
			</Page>
		);
	if (!file)
		return (
			<Page title={t("file")} back={back}>
				<Skeleton lines={8} />
			</Page>
		);
	return (
		<Page
			title={file.bulkhead.filename}
			back={back}
			mark={<Badge tone={FILE_TONES[file.status]}>{t(`status_${file.status}`)}</Badge>}
			actions={
				<>
					{can("files:read") && (
						<Button icon={<Download size={16} />} onClick={() => download(file)}>
							{t("download")}
						</Button>
					)}
					{writable && (
						<Button icon={<Trash2 size={16} />} onClick={() => setRemoving(file)}>
							{t("remove")}
						</Button>
					)}
				</>
			}
		>
			{file.status === "in_progress" && (
				<Panel>
					<FileProgress file={file} follow />
				</Panel>
			)}
			<Failure file={file} />
			<Panel>
				<Facts file={file} writable={writable} onEdit={() => setEditing(true)} />
			</Panel>
			{file.status === "completed" && <TextView file={file} />}
			<AttributesDialog open={editing && writable} file={file} onClose={() => setEditing(false)} />
			<RemoveFileDialog
				store={storeId}
				file={removing}
				onClose={() => setRemoving(null)}
				onRemoved={setReceipt}
			/>
			<ReceiptDialog
				receipt={receipt}
				onClose={() => {
					setReceipt(null);
					router.replace(storeAddress(storeId));
				}}
			/>
		</Page>
	);
}

function Failure({ file }: { file: StoreFile }) {
	const t = useTranslations("documents");
	const { can } = useSession();
	const toast = useToast();
	const retry = useRetryFile(file.vector_store_id);
	if (file.status !== "failed" && file.status !== "cancelled") return null;
	return (
		<Callout
			tone={file.status === "failed" ? "bad" : "warn"}
			title={file.status === "failed" ? t("failedTitle") : t("cancelledTitle")}
			actions={
				can("vector_stores:write") && (
					<Button
						size="s"
						icon={<RotateCcw size={14} />}
						busy={retry.isPending}
						onClick={() =>
							retry.mutate(file.id, {
								onError: (error) => toast(toApiError(error).message, { error: true }),
							})
						}
					>
						{t("retry")}
					</Button>
				)
			}
		>
			{file.last_error && (
				<>
					{file.last_error.message} <code>{file.last_error.code}</code>
				</>
			)}
		</Callout>
	);
}

interface FactsProps {
	file: StoreFile;
	writable: boolean;
	onEdit: () => void;
}

function Facts({ file, writable, onEdit }: FactsProps) {
	const t = useTranslations("documents");
	const { ocr } = file.bulkhead;
	const attributes = Object.entries(file.attributes ?? {});
	const chunking = file.chunking_strategy;
	const items = [
		{ term: t("id"), value: <CopyId id={file.id} /> },
		{
			term: t("size"),
			value: <Bytes value={file.bulkhead.bytes} />,
		},
		{
			term: t("chunks"),
			value: (
				<>
					<Num value={file.bulkhead.chunks} />
					{chunking.type === "static" &&
						` · ${t("chunkSize", {
							size: chunking.static.max_chunk_size_tokens,
							overlap: chunking.static.chunk_overlap_tokens,
						})}`}
				</>
			),
		},
		{ term: t("added"), value: <Time at={file.created_at} /> },
		...(ocr
			? [
					{
						term: t("ocr"),
						value: (
							<>
								{t("ocrText", { pages: ocr.pages, confidence: ocr.confidence })}
								{ocr.low_confidence && ` ${t("ocrLow", { pages: ocr.low_confidence_pages })}`}
								{ocr.unread_pages !== "" && ` ${t("ocrUnread", { pages: ocr.unread_pages })}`}
							</>
						),
					},
				]
			: []),
		{
			term: t("attributes"),
			value: (
				<Row gap={2}>
					{attributes.length === 0 && <None />}
					{attributes.map(([key, value]) => (
						<Tag key={key}>
							<bdi>{key}</bdi>: <bdi>{writeValue(value)}</bdi>
						</Tag>
					))}
					{writable && (
						<Button size="s" variant="quiet" icon={<Pencil size={14} />} onClick={onEdit}>
							{t("editAttributes")}
						</Button>
					)}
				</Row>
			),
		},
	];
	return <DescriptionList items={items} />;
}
