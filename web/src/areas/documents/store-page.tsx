// SPDX-License-Identifier: Apache-2.0
// One store: its files, a bench to search it, and what it is.
"use client";
import { Download, Pencil, Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Progress, Skeleton } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/button";
import { CopyId } from "@/ui/copy";
import { Bytes, None, Num, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Page, Panel, Stack } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { FilesPanel } from "./files-panel";
import { DeleteStoreDialog, StoreDialog } from "./lazy";
import { type Store, useStore } from "./queries";
import { StoreBadge } from "./stores-page";

const SearchPanel = dynamic(() => import("./search-panel").then((module) => module.SearchPanel), {
	ssr: false,
	loading: () => <Skeleton lines={6} />,
});

export function StorePage({ id }: { id: string }) {
	const t = useTranslations("documents");
	const router = useRouter();
	const { can } = useSession();
	const query = useStore(id);
	const [tab, setTab] = useQueryState("tab", "files");
	const [editing, setEditing] = useDo("edit");
	const [deleting, setDeleting] = useState<Store | null>(null);
	const store = query.data;
	const writable = can("vector_stores:write");
	const back = { href: "/documents/", label: t("title") };
	if (query.error && !store)
		return (
			<Page title={t("store")} back={back}>
				<ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
			</Page>
		);
	if (!store)
		return (
			<Page title={t("store")} back={back}>
				<Skeleton lines={8} />
			</Page>
		);
	return (
		<Page
			title={store.name === "" ? t("unnamed") : store.name}
			back={back}
			mark={<StoreBadge store={store} />}
			description={store.description || undefined}
			actions={
				<>
					<LinkButton
						icon={<Download size={16} />}
						href={`/v1/vector_stores/${store.id}/export`}
						download=""
					>
						{t("export")}
					</LinkButton>
					{writable && (
						<>
							<Button icon={<Pencil size={16} />} onClick={() => setEditing(true)}>
								{t("edit")}
							</Button>
							<Button icon={<Trash2 size={16} />} onClick={() => setDeleting(store)}>
								{t("delete")}
							</Button>
						</>
					)}
				</>
			}
		>
			<Moving store={store} />
			<Tabs
				label={t("views")}
				value={tab}
				onChange={setTab}
				tabs={[
					{
						value: "files",
						label: t("files"),
						count: store.file_counts.total,
						content: <FilesPanel store={store} />,
					},
					{ value: "search", label: t("search"), content: <SearchPanel store={store} /> },
					{ value: "about", label: t("aboutTab"), content: <About store={store} /> },
				]}
			/>
			<StoreDialog open={editing && writable} store={store} onClose={() => setEditing(false)} />
			<DeleteStoreDialog
				store={deleting}
				onClose={() => setDeleting(null)}
				onDeleted={() => router.replace("/documents/")}
			/>
		</Page>
	);
}

/** An import and a change of the model, while they go on or where they failed. */
function Moving({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const { import: from, change } = store.bulkhead;
	return (
		<>
			{store.status === "expired" && <Callout tone="warn">{t("expiredText")}</Callout>}
			{from?.status === "in_progress" && (
				<Panel>
					<Progress
						label={t("importing")}
						value={from.total === 0 ? undefined : from.done}
						max={from.total}
						text={
							from.total === 0
								? t("importChecking")
								: t("ofFiles", { done: from.done, total: from.total })
						}
					/>
				</Panel>
			)}
			{from?.status === "failed" && (
				<Callout tone="bad" title={t("importFailedTitle")}>
					{from.error}
				</Callout>
			)}
			{change?.status === "in_progress" && (
				<Panel>
					<Progress
						label={t("changing", { model: change.embedding_model })}
						value={change.done}
						max={change.total}
						text={t("ofChunks", { done: change.done, total: change.total })}
					/>
				</Panel>
			)}
			{change?.status === "failed" && (
				<Callout tone="bad" title={t("changeFailed", { model: change.embedding_model })}>
					{change.error}
				</Callout>
			)}
		</>
	);
}

function About({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const counts = store.file_counts;
	return (
		<Stack>
			<Panel>
				<DescriptionList
					items={[
						{ term: t("id"), value: <CopyId id={store.id} /> },
						{
							term: t("files"),
							value: t("counts", {
								completed: counts.completed,
								moving: counts.in_progress,
								failed: counts.failed,
								cancelled: counts.cancelled,
							}),
						},
						{ term: t("chunks"), value: <Num value={store.bulkhead.chunks} /> },
						{ term: t("indexSize"), value: <Bytes value={store.usage_bytes} /> },
						{
							term: t("embeddingModel"),
							value: (
								<>
									<code>{store.bulkhead.embedding_model}</code>
									{store.bulkhead.dimensions > 0 &&
										` · ${t("dimensions", { count: store.bulkhead.dimensions })}`}
								</>
							),
						},
						{ term: t("created"), value: <Time at={store.created_at} /> },
						{
							term: t("lastUsed"),
							value: store.last_active_at === null ? <None /> : <Time at={store.last_active_at} />,
						},
						{
							term: t("expires"),
							value:
								store.expires_at === null ? (
									<None>{t("never")}</None>
								) : (
									<>
										<Time at={store.expires_at} />
										{store.expires_after &&
											` · ${t("afterDays", { count: store.expires_after.days })}`}
									</>
								),
						},
					]}
				/>
			</Panel>
		</Stack>
	);
}
