// SPDX-License-Identifier: Apache-2.0
// The models that one may use: what each is for, how much it reads, what it costs, and code that calls it.
"use client";
import { useTranslations } from "use-intl";
import { decimalToNanos } from "@/api/decimal";
import { type Kind, type Model, useModels } from "@/api/models";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { Badge, Tag } from "@/ui/bits";
import { LinkButton } from "@/ui/button";
import { Snippets } from "@/ui/code-dialog";
import { CopyId } from "@/ui/copy";
import { Drawer } from "@/ui/dialog";
import { SearchField } from "@/ui/field";
import { Money, None, Num, Time } from "@/ui/format";
import { Empty } from "@/ui/notice";
import { DescriptionList, Page, Panel, Stack } from "@/ui/page";
import { FilterSelect } from "@/ui/select";
import { type Column, Filters, Table } from "@/ui/table";
import styles from "./models.module.css";
import { useCurrency } from "./queries";
import { snippets } from "./snippets";

const ORDER: Kind[] = [
	"chat",
	"embedding",
	"rerank",
	"image",
	"transcription",
	"speech",
	"moderation",
];
const KINDS = ["all", ...ORDER] as const;

/** Of what there is one price, of units; of others there are two, of tokens. */
const hasUnits = (kind: Kind): kind is Exclude<Kind, "chat" | "embedding"> =>
	kind !== "chat" && kind !== "embedding";

/** Without the alias; the default of a kind first, then by name. */
export function arrange(models: Model[], kind: string, name: string): Model[] {
	const wanted = name.trim().toLocaleLowerCase();
	return models
		.filter(
			(model) =>
				model.bulkhead.alias_of === null &&
				(kind === "all" || model.bulkhead.kind === kind) &&
				model.id.toLocaleLowerCase().includes(wanted),
		)
		.sort(
			(a, b) =>
				ORDER.indexOf(a.bulkhead.kind) - ORDER.indexOf(b.bulkhead.kind) ||
				Number(b.bulkhead.default) - Number(a.bulkhead.default) ||
				a.id.localeCompare(b.id),
		);
}

export function ModelsPage() {
	const t = useTranslations("models");
	const { can } = useSession();
	const query = useModels();
	const currency = useCurrency(can("billing:read"));
	const [kind, setKind] = useQueryState("kind", "all");
	const [name, setName] = useQueryState("name");
	const [shown, setShown] = useQueryState("model");
	const all = query.data?.data;
	const rows = all && arrange(all, kind, name);
	const model = all?.find((each) => each.id === shown);
	const filtered = kind !== "all" || name !== "";
	return (
		<Page title={t("title")} description={t("description")}>
			<Filters>
				<SearchField
					label={t("find")}
					value={name}
					onChange={(event) => setName(event.target.value)}
				/>
				<FilterSelect
					label={t("kind")}
					value={KINDS.find((each) => each === kind) ?? "all"}
					onChange={setKind}
					options={KINDS.map((value) => ({ value, label: t(`kind_${value}`) }))}
				/>
			</Filters>
			<Panel flush footer={rows && rows.length > 0 ? t("priceNote") : undefined}>
				<Table
					label={t("title")}
					columns={useColumns(currency, setShown)}
					rows={rows}
					rowKey={(each) => each.id}
					error={query.error}
					onRetry={() => void query.refetch()}
					onRowClick={(each) => setShown(each.id)}
					selectedKey={shown}
					empty={
						filtered ? (
							<Empty title={t("noMatch")}>{t("noMatchText")}</Empty>
						) : (
							<Empty title={t("empty")}>{t("emptyText")}</Empty>
						)
					}
				/>
			</Panel>
			<Drawer
				open={shown !== "" && all !== undefined}
				onOpenChange={(open) => !open && setShown("")}
				title={model ? <bdi>{model.id}</bdi> : t("missing")}
			>
				{model ? <Details model={model} currency={currency} /> : <p>{t("missingText")}</p>}
			</Drawer>
		</Page>
	);
}

function useColumns(currency: string | null, onShow: (id: string) => void): Column<Model>[] {
	const t = useTranslations("models");
	return [
		{
			id: "name",
			header: t("name"),
			primary: true,
			cell: (model) => (
				<span className={styles.name}>
					<button type="button" className={styles.open} onClick={() => onShow(model.id)}>
						<bdi>{model.id}</bdi>
					</button>
					{model.bulkhead.default && <Badge tone="good">{t("default")}</Badge>}
				</span>
			),
		},
		{ id: "kind", header: t("kind"), cell: (model) => t(`kind_${model.bulkhead.kind}`) },
		{
			id: "context",
			header: t("context"),
			align: "end",
			cell: (model) => <Tokens count={model.bulkhead.context} />,
		},
		{
			id: "input",
			header: t("priceIn"),
			align: "end",
			cell: (model) => <Price model={model} line="input" currency={currency} />,
		},
		{
			id: "output",
			header: t("priceOut"),
			align: "end",
			cell: (model) => <Price model={model} line={outputOf(model)} currency={currency} />,
		},
		{
			id: "runs",
			header: t("runs"),
			secondary: true,
			cell: (model) => <Tag>{t(model.bulkhead.managed ? "managed" : "upstream")}</Tag>,
		},
	];
}

type Line = keyof NonNullable<Model["bulkhead"]["price"]>;

const outputOf = (model: Model): Line => (hasUnits(model.bulkhead.kind) ? "units" : "output");

function Tokens({ count }: { count: number }) {
	return count === 0 ? <None /> : <Num value={count} />;
}

function Price({ model, line, currency }: { model: Model; line: Line; currency: string | null }) {
	const t = useTranslations("models");
	const { price, kind } = model.bulkhead;
	if (price === null) return <None>{t("noPrice")}</None>;
	if (kind === "embedding" && line === "output") return <None />;
	const nanos = decimalToNanos(price[line]) ?? 0n;
	if (hasUnits(kind) && line !== "units") return <None />;
	if (nanos === 0n) return t("free");
	return currency === null ? (
		<Num value={Number(price[line])} />
	) : (
		<Money nanos={nanos} currency={currency} />
	);
}

function Details({ model, currency }: { model: Model; currency: string | null }) {
	const t = useTranslations("models");
	const { can } = useSession();
	const { kind, context, max_output, dimensions, managed, vision } = model.bulkhead;
	const price = (line: Line) => <Price model={model} line={line} currency={currency} />;
	return (
		<Stack gap={5}>
			<DescriptionList
				items={[
					{ term: t("id"), value: <CopyId id={model.id} /> },
					{ term: t("kind"), value: t(`kind_${kind}`) },
					{
						term: t("runs"),
						value: t(managed ? "managedText" : "upstreamText"),
					},
					{
						term: t("owner"),
						value: t(model.owned_by === "bulkhead" ? "ownerPlatform" : "ownerTenant"),
					},
					{ term: t("context"), value: <Tokens count={context} /> },
					...(kind === "chat"
						? [
								{ term: t("images"), value: t(vision ? "imagesSeen" : "imagesTold") },
								{
									term: t("maxOutput"),
									value: max_output === 0 ? <None>{t("rest")}</None> : <Num value={max_output} />,
								},
							]
						: []),
					...(kind === "embedding"
						? [{ term: t("dimensions"), value: <Tokens count={dimensions} /> }]
						: []),
					...(hasUnits(kind)
						? [{ term: t(`priceUnits_${kind}`), value: price("units") }]
						: [{ term: t("priceIn"), value: price("input") }]),
					...(kind === "chat"
						? [
								{ term: t("priceCached"), value: price("cached_input") },
								{ term: t("priceOut"), value: price("output") },
							]
						: []),
					{ term: t("added"), value: <Time at={model.created} dateOnly /> },
				]}
			/>
			<Snippets label={t("code")} snippets={snippets(location.origin, kind, model.id)} />
			{can("keys:write") && <LinkButton href="/keys/?do=create">{t("createKey")}</LinkButton>}
		</Stack>
	);
}
