// SPDX-License-Identifier: Apache-2.0
// The table of models of a tenant: its own, and those that it shares with all.
"use client";
import { Ellipsis, Plus, Tag as PriceTag, Star, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge, Tag } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { ConfirmDialog } from "@/ui/dialog";
import { None, Num } from "@/ui/format";
import { Menu, type MenuItem } from "@/ui/menu";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { useToast } from "@/ui/toast";
import { AddModelDialog, hasUnits, KINDS } from "./add-dialog";
import { PriceDialog } from "./price-dialog";
import { type Model, useModels, useRemoveModel, useSetDefault } from "./queries";

export function ModelsPanel({ tenant }: { tenant: string }) {
	const t = useTranslations("upstreams");
	const { can } = useSession();
	const models = useModels(tenant);
	const [adding, setAdding] = useDo("model");
	const [removing, setRemoving] = useState<Model | null>(null);
	const [pricing, setPricing] = useState<Model | null>(null);
	const writable = can("tenants:write");
	const columns = useColumns(tenant, writable, setRemoving, setPricing);
	const add = writable && (
		<Button icon={<Plus size={16} />} onClick={() => setAdding(true)}>
			{t("add")}
		</Button>
	);
	return (
		<>
			<Panel
				title={t("title")}
				description={t("text")}
				actions={
					<>
						<CodeButton path={`/api/tenants/${tenant}/models`} />
						{add}
					</>
				}
				flush
			>
				<Table
					label={t("title")}
					columns={columns}
					rows={models.data?.data}
					rowKey={(model) => `${model.tenant_id} ${model.name}`}
					error={models.error}
					onRetry={() => void models.refetch()}
					initialSort={{ id: "name" }}
					empty={
						<Empty title={t("emptyTitle")} action={add}>
							{t("emptyText")}
						</Empty>
					}
				/>
			</Panel>
			{adding && writable && <AddModelDialog tenant={tenant} onClose={() => setAdding(false)} />}
			{pricing && <PriceDialog tenant={tenant} model={pricing} onClose={() => setPricing(null)} />}
			<RemoveDialog tenant={tenant} model={removing} onClose={() => setRemoving(null)} />
		</>
	);
}

function useColumns(
	tenant: string,
	writable: boolean,
	onRemove: (model: Model) => void,
	onPrice: (model: Model) => void,
): Column<Model>[] {
	const t = useTranslations("upstreams");
	const columns: Column<Model>[] = [
		{
			id: "name",
			header: t("name"),
			primary: true,
			sort: (model) => model.name,
			cell: (model) => (
				<Row gap={2}>
					<strong>{model.name}</strong>
					{model.is_default && <Badge tone="good">{t("default")}</Badge>}
				</Row>
			),
		},
		{
			id: "kind",
			header: t("kind"),
			sort: (model) => model.kind,
			cell: (model) => {
				const kind = KINDS.find((each) => each === model.kind);
				return (
					<Row gap={1}>
						<Tag>{kind ? t(kind) : model.kind}</Tag>
						{model.vision && <Tag>{t("visionMark")}</Tag>}
					</Row>
				);
			},
		},
		{
			id: "upstream",
			header: t("upstream"),
			cell: (model) =>
				model.managed ? (
					t("managed")
				) : (
					<Stack gap={1}>
						<code>{model.url}</code>
						{model.upstream_model !== model.name && <span>{model.upstream_model}</span>}
					</Stack>
				),
		},
		{
			id: "owner",
			header: t("owner"),
			secondary: true,
			cell: (model) => (model.tenant_id === tenant ? t("own") : t("shared")),
		},
		{
			id: "prices",
			header: t("prices"),
			align: "end",
			cell: (model) => <Prices model={model} />,
		},
		{
			id: "load",
			header: t("load"),
			align: "end",
			secondary: true,
			cell: (model) =>
				// Nothing was sent to it yet.
				model.concurrency === 0 ? (
					<None />
				) : (
					t("running", {
						running: model.running,
						most: model.concurrency,
						waiting: model.waiting,
					})
				),
		},
		{
			id: "context",
			header: t("context"),
			align: "end",
			secondary: true,
			cell: (model) => (model.context === 0 ? <None /> : <Num value={model.context} />),
		},
	];
	if (writable)
		columns.push({
			id: "actions",
			header: t("actions"),
			actions: true,
			cell: (model) =>
				model.tenant_id === tenant && (
					<ModelMenu tenant={tenant} model={model} onRemove={onRemove} onPrice={onPrice} />
				),
		});
	return columns;
}

function Prices({ model }: { model: Model }) {
	const t = useTranslations("upstreams");
	if (model.price_in === "" && model.price_out === "") return <None>{t("noPrice")}</None>;
	if (hasUnits(model.kind))
		return <span title={t(`perMillion_${model.kind}`)}>{model.price_out || "0"}</span>;
	return (
		<span title={t("perMillion")}>
			{t("inOut", { in: model.price_in || "0", out: model.price_out || "0" })}
		</span>
	);
}

interface ModelMenuProps {
	tenant: string;
	model: Model;
	onRemove: (model: Model) => void;
	onPrice: (model: Model) => void;
}

function ModelMenu({ tenant, model, onRemove, onPrice }: ModelMenuProps) {
	const t = useTranslations("upstreams");
	const toast = useToast();
	const setDefault = useSetDefault(tenant);
	const items: MenuItem[] = [
		{ label: t("setPrice"), icon: <PriceTag size={16} />, onSelect: () => onPrice(model) },
	];
	if (!model.is_default)
		items.unshift({
			label: t("makeDefault"),
			icon: <Star size={16} />,
			onSelect: () =>
				setDefault.mutate(model, {
					onSuccess: () => toast(t("defaultToast", { name: model.name })),
					onError: (error) => toast(toApiError(error).message, { error: true }),
				}),
		});
	items.push({
		label: t("remove"),
		icon: <Trash2 size={16} />,
		danger: true,
		onSelect: () => onRemove(model),
	});
	return (
		<Menu
			trigger={
				<IconButton
					size="s"
					label={t("actionsOf", { name: model.name })}
					icon={<Ellipsis size={16} />}
				/>
			}
			groups={[{ items }]}
		/>
	);
}

interface RemoveProps {
	tenant: string;
	model: Model | null;
	onClose: () => void;
}

function RemoveDialog({ tenant, model, onClose }: RemoveProps) {
	const t = useTranslations("upstreams");
	const toast = useToast();
	const remove = useRemoveModel(tenant);
	const close = () => {
		remove.reset();
		onClose();
	};
	return (
		<ConfirmDialog
			open={model !== null}
			onOpenChange={(open) => !open && close()}
			title={t("removeTitle", { name: model?.name ?? "" })}
			description={t("removeText")}
			action={t("remove")}
			name={model?.name}
			busy={remove.isPending}
			onConfirm={() =>
				model &&
				remove.mutate(model.name, {
					onSuccess: () => {
						close();
						toast(t("removedToast", { name: model.name }));
					},
				})
			}
		>
			{remove.error && <ErrorPanel error={remove.error} />}
		</ConfirmDialog>
	);
}
