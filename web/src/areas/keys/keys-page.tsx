// SPDX-License-Identifier: Apache-2.0
// API keys: list, create, rotate, revoke. The example for all pages; web/README.md refers to it.
"use client";
import { Ellipsis, Plus, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useServerNow } from "@/api/use-server-now";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { None, Num, Time } from "@/ui/format";
import { lazyDialog } from "@/ui/lazy-dialog";
import { Menu } from "@/ui/menu";
import { Empty } from "@/ui/notice";
import { Page, Panel } from "@/ui/page";
import { type Column, Pager, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { type Key, useKeys, useRevokeKey } from "./queries";
import { keyState, TONES } from "./state";

const CreateDialog = lazyDialog(
	() => import("./create-dialog").then((module) => module.CreateDialog),
	(props) => props.open,
);
const SecretDialog = lazyDialog(
	() => import("./secret-dialog").then((module) => module.SecretDialog),
	(props) => props.created !== null,
);
const RotateDialog = lazyDialog(
	() => import("./rotate-dialog").then((module) => module.RotateDialog),
	(props) => props.target !== null,
);

export function KeysPage() {
	const t = useTranslations("keys");
	const { can } = useSession();
	const keys = useKeys();
	const [creating, setCreating] = useDo("create");
	const [created, setCreated] = useState<Key | null>(null);
	const [rotating, setRotating] = useState<Key | null>(null);
	const [revoking, setRevoking] = useState<Key | null>(null);
	const writable = can("keys:write");
	const columns = useColumns({ writable, onRotate: setRotating, onRevoke: setRevoking });
	const create = writable && (
		<Button variant="primary" icon={<Plus size={16} />} onClick={() => setCreating(true)}>
			{t("create")}
		</Button>
	);
	return (
		<Page title={t("title")} description={t("description")} actions={create}>
			<Panel flush>
				<Table
					label={t("title")}
					columns={columns}
					rows={keys.rows}
					rowKey={(key) => key.id}
					error={keys.error}
					onRetry={keys.refetch}
					empty={
						<Empty title={t("emptyTitle")} action={create}>
							{t("emptyText")}
						</Empty>
					}
				/>
			</Panel>
			<Pager {...keys.pager} />
			<CreateDialog open={creating && writable} onOpenChange={setCreating} onCreated={setCreated} />
			<SecretDialog created={created} onClose={() => setCreated(null)} />
			<RotateDialog target={rotating} onClose={() => setRotating(null)} onCreated={setCreated} />
			<RevokeDialog target={revoking} onClose={() => setRevoking(null)} />
		</Page>
	);
}

interface ColumnOptions {
	writable: boolean;
	onRotate: (key: Key) => void;
	onRevoke: (key: Key) => void;
}

function useColumns({ writable, onRotate, onRevoke }: ColumnOptions): Column<Key>[] {
	const t = useTranslations("keys");
	const now = useServerNow(60_000);
	const state = (key: Key) => keyState(key, now.getTime() / 1000);
	const columns: Column<Key>[] = [
		{ id: "name", header: t("name"), primary: true, cell: (key) => key.name },
		{ id: "prefix", header: t("key"), cell: (key) => <code>{key.prefix}…</code> },
		{
			id: "state",
			header: t("state"),
			cell: (key) => <Badge tone={TONES[state(key)]}>{t(state(key))}</Badge>,
		},
		{
			id: "limit",
			header: t("requestsPerMinute"),
			align: "end",
			secondary: true,
			cell: (key) =>
				key.requests_per_minute === 0 ? (
					<None>{t("unlimited")}</None>
				) : (
					<Num value={key.requests_per_minute} />
				),
		},
		{
			id: "used",
			header: t("lastUsed"),
			cell: (key) =>
				key.last_used_at === null ? (
					<None>{t("never")}</None>
				) : (
					<Time at={key.last_used_at} relative />
				),
		},
		{
			id: "expires",
			header: t("expiresAt"),
			secondary: true,
			cell: (key) =>
				key.expires_at === null ? <None>{t("never")}</None> : <Time at={key.expires_at} dateOnly />,
		},
		{
			id: "created",
			header: t("createdAt"),
			secondary: true,
			cell: (key) => <Time at={key.created_at} dateOnly />,
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (key) =>
				state(key) !== "revoked" && (
					<Menu
						trigger={
							<IconButton
								size="s"
								label={t("actionsOf", { name: key.name })}
								icon={<Ellipsis size={16} />}
							/>
						}
						groups={[
							{
								items: [
									{
										label: t("rotate"),
										icon: <RefreshCw size={16} />,
										onSelect: () => onRotate(key),
									},
									{
										label: t("revoke"),
										icon: <Trash2 size={16} />,
										danger: true,
										onSelect: () => onRevoke(key),
									},
								],
							},
						]}
					/>
				),
		});
	return columns;
}

function RevokeDialog({ target, onClose }: { target: Key | null; onClose: () => void }) {
	const t = useTranslations("keys");
	const toast = useToast();
	const revoke = useRevokeKey();
	return (
		<ConfirmDialog
			open={target !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("revokeTitle")}
			description={t("revokeText", { prefix: target?.prefix ?? "" })}
			action={t("revoke")}
			name={target?.name}
			busy={revoke.isPending}
			onConfirm={() =>
				target &&
				revoke.mutate(target.id, {
					onSuccess: () => {
						onClose();
						toast(t("revokedToast", { name: target.name }));
					},
					onError: (error) => toast(toApiError(error).message, { error: true }),
				})
			}
		/>
	);
}
