// SPDX-License-Identifier: Apache-2.0
// The stores of the organisation: a collection of documents each, searched as one.
"use client";
import { Download, Ellipsis, FileClock, Pencil, Plus, Trash2, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { Bytes, None, Num, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Menu } from "@/ui/menu";
import { Empty } from "@/ui/notice";
import { Page, Panel, Row } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { storeAddress } from "./address";
import { DeleteStoreDialog, ImportDialog, ReceiptsDialog, StoreDialog } from "./lazy";
import { isMoving, type Store, useStores } from "./queries";
import { storesSnippets } from "./snippets";
import { STORE_TONES, storeState } from "./states";

const FOLLOW_MS = 3000;

export function StoresPage() {
	const t = useTranslations("documents");
	const { can } = useSession();
	const stores = useStores();
	const [creating, setCreating] = useDo("create");
	const [importing, setImporting] = useDo("import");
	const [receipts, setReceipts] = useDo("receipts");
	const [editing, setEditing] = useState<Store | null>(null);
	const [deleting, setDeleting] = useState<Store | null>(null);
	useFollow(stores.rows, stores.refetch);
	const writable = can("vector_stores:write");
	const create = writable && (
		<Button variant="primary" icon={<Plus size={16} />} onClick={() => setCreating(true)}>
			{t("createStore")}
		</Button>
	);
	const bring = writable && can("files:write") && (
		<Button icon={<Upload size={16} />} onClick={() => setImporting(true)}>
			{t("import")}
		</Button>
	);
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={
				<>
					<Button variant="quiet" icon={<FileClock size={16} />} onClick={() => setReceipts(true)}>
						{t("receipts")}
					</Button>
					{bring}
					{create}
				</>
			}
		>
			<Panel flush>
				<Table
					label={t("stores")}
					columns={useColumns(writable, setEditing, setDeleting)}
					rows={stores.rows}
					rowKey={(store) => store.id}
					error={stores.error}
					onRetry={stores.refetch}
					empty={
						<Empty title={t("noStores")} action={create}>
							{writable ? t("noStoresText") : t("noStoresReader")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...stores.pager} />
			{/* Below what is on its way: it comes with that, and need not move. */}
			{stores.rows && (
				<Row>
					<CodeButton snippets={storesSnippets} />
				</Row>
			)}
			<StoreDialog
				open={(creating && writable) || editing !== null}
				store={editing}
				onClose={() => {
					if (editing) setEditing(null);
					else setCreating(false);
				}}
			/>
			<DeleteStoreDialog store={deleting} onClose={() => setDeleting(null)} />
			<ImportDialog open={importing && writable} onClose={() => setImporting(false)} />
			<ReceiptsDialog open={receipts} onClose={() => setReceipts(false)} />
		</Page>
	);
}

/** While something of them is under way. */
function useFollow(stores: Store[] | undefined, refetch: () => void) {
	const moving = stores?.some(isMoving) ?? false;
	const ask = useRef(refetch);
	ask.current = refetch;
	useEffect(() => {
		if (!moving) return;
		const timer = setInterval(() => ask.current(), FOLLOW_MS);
		return () => clearInterval(timer);
	}, [moving]);
}

function useColumns(
	writable: boolean,
	onEdit: (store: Store) => void,
	onDelete: (store: Store) => void,
): Column<Store>[] {
	const t = useTranslations("documents");
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
			cell: (store) => (
				<Link href={storeAddress(store.id)}>{store.name === "" ? t("unnamed") : store.name}</Link>
			),
		},
		{
			id: "state",
			header: t("state"),
			cell: (store) => <StoreBadge store={store} />,
		},
		{
			id: "files",
			header: t("files"),
			align: "end",
			cell: (store) => <Num value={store.file_counts.total} />,
		},
		{
			id: "chunks",
			header: t("chunks"),
			align: "end",
			secondary: true,
			cell: (store) => <Num value={store.bulkhead.chunks} />,
		},
		{
			id: "size",
			header: t("indexSize"),
			align: "end",
			secondary: true,
			cell: (store) => <Bytes value={store.usage_bytes} />,
		},
		{
			id: "used",
			header: t("lastUsed"),
			secondary: true,
			cell: (store) =>
				store.last_active_at === null ? <None /> : <Time at={store.last_active_at} relative />,
		},
		{
			id: "expires",
			header: t("expires"),
			secondary: true,
			cell: (store) =>
				store.expires_at === null ? (
					<None>{t("never")}</None>
				) : (
					<Time at={store.expires_at} dateOnly />
				),
		},
		{
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (store) => (
				<Menu
					trigger={
						<IconButton
							size="s"
							label={t("actionsOf", { name: store.name || t("unnamed") })}
							icon={<Ellipsis size={16} />}
						/>
					}
					groups={[
						{
							items: [
								...(writable
									? [
											{
												label: t("edit"),
												icon: <Pencil size={16} />,
												onSelect: () => onEdit(store),
											},
										]
									: []),
								{
									label: t("export"),
									icon: <Download size={16} />,
									onSelect: () => location.assign(`/v1/vector_stores/${store.id}/export`),
								},
								...(writable
									? [
											{
												label: t("delete"),
												icon: <Trash2 size={16} />,
												danger: true,
												onSelect: () => onDelete(store),
											},
										]
									: []),
							],
						},
					]}
				/>
			),
		},
	];
}

/** In a word, with how many where it is under way or failed. */
export function StoreBadge({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const state = storeState(store);
	const { in_progress: moving, failed } = store.file_counts;
	return (
		<Badge tone={STORE_TONES[state]}>
			{t(`store_${state}`, { count: state === "working" ? moving : failed })}
		</Badge>
	);
}
