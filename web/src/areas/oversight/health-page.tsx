// SPDX-License-Identifier: Apache-2.0
// The platform as it is now: processes, queues, database, disk, traffic, the audit log's index.
"use client";
import { useTranslations } from "use-intl";
import { Badge, Progress, Skeleton, Tag } from "@/ui/bits";
import { Bytes, Duration, None, Num, Time } from "@/ui/format";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Page, Panel, Stack, Stat } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { Concerns } from "./concerns";
import { EnginesPanel } from "./engines-panel";
import { type Health, useHealth } from "./queries";
import { concernsOf, PROCESS_TONES } from "./state";

export function HealthPage() {
	const t = useTranslations("oversight");
	const health = useHealth();
	const now = health.data;
	return (
		<Page
			title={t("health")}
			description={t("healthText")}
			mark={
				now && (
					<Badge tone={now.ready ? "good" : now.ready === null ? "neutral" : "bad"}>
						{now.ready ? t("ready") : now.ready === null ? t("unknown") : t("notReady")}
					</Badge>
				)
			}
		>
			{health.error && (
				<ErrorPanel
					error={health.error}
					title={now ? t("stale") : undefined}
					onRetry={() => void health.refetch()}
				/>
			)}
			{now ? <Now health={now} /> : !health.error && <Skeleton lines={12} />}
		</Page>
	);
}

function Now({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const concerns = concernsOf(health);
	return (
		<Stack gap={5}>
			{concerns.length > 0 && <Concerns concerns={concerns} />}
			<Figures health={health} />
			<Traffic health={health} />
			<Processes health={health} />
			<EnginesPanel />
			<Grid min="l">
				<Queues health={health} />
				<Database health={health} />
			</Grid>
			<AuditIndex health={health} />
			<p role="status" className="visually-hidden">
				{concerns.length === 0 ? t("nothing") : t("concernCount", { count: concerns.length })}
			</p>
		</Stack>
	);
}

function Figures({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const { disk } = health;
	return (
		<Grid min="s">
			<Stat
				label={t("version")}
				value={health.version ?? <None>{t("unknown")}</None>}
				note={
					health.started_at !== null &&
					t.rich("startedAt", { time: () => <Time at={health.started_at ?? 0} relative /> })
				}
			/>
			<Stat
				label={t("processes")}
				value={
					health.processes === null ? (
						<None>{t("unknown")}</None>
					) : (
						t("readyOf", {
							ready: health.processes.filter((each) => each.state === "ready").length,
							count: health.processes.length,
						})
					)
				}
			/>
			<Stat
				label={t("diskFree")}
				value={disk === null ? <None>{t("unknown")}</None> : <Bytes value={disk.free_bytes} />}
				note={disk && t.rich("ofBytes", { bytes: () => <Bytes value={disk.bytes} /> })}
			/>
			<Stat
				label={t("database")}
				value={<Bytes value={health.database.bytes} />}
				note={t("postgres", { version: health.database.version })}
			/>
		</Grid>
	);
}

type Class = NonNullable<Health["traffic"]>["classes"][number];

function Traffic({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const { traffic } = health;
	const time = (ms: number | null) => (ms === null ? <None /> : <Duration ms={Math.round(ms)} />);
	const columns: Column<Class>[] = [
		{ id: "class", header: t("class"), primary: true, cell: (row) => <strong>{row.class}</strong> },
		{
			id: "requests",
			header: t("requests"),
			align: "end",
			cell: (row) => <Num value={row.requests} />,
		},
		{
			id: "refused",
			header: t("refused4"),
			align: "end",
			cell: (row) => <Num value={row.refused} />,
		},
		{
			id: "failed",
			header: t("failed5"),
			align: "end",
			cell: (row) =>
				row.failed === 0 ? (
					<Num value={0} />
				) : (
					<Badge tone="bad">
						<Num value={row.failed} />
					</Badge>
				),
		},
		{ id: "p50", header: "p50", align: "end", cell: (row) => time(row.p50_ms) },
		{ id: "p95", header: "p95", align: "end", cell: (row) => time(row.p95_ms) },
	];
	return (
		<Panel
			title={t("traffic")}
			description={
				traffic?.since != null
					? t.rich("trafficSince", { time: () => <Time at={traffic.since ?? 0} /> })
					: undefined
			}
			flush
		>
			<Table
				label={t("traffic")}
				columns={columns}
				rows={traffic?.classes ?? []}
				rowKey={(row) => row.class}
				empty={<Empty title={t("noTraffic")}>{t("noTrafficText")}</Empty>}
			/>
		</Panel>
	);
}

type Process = NonNullable<Health["processes"]>[number];

function Processes({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const columns: Column<Process>[] = [
		{ id: "name", header: t("name"), primary: true, cell: (row) => <strong>{row.name}</strong> },
		{ id: "kind", header: t("kind"), cell: (row) => <Tag>{row.kind}</Tag> },
		{
			id: "state",
			header: t("state"),
			cell: (row) => <Badge tone={PROCESS_TONES[row.state]}>{t(`process_${row.state}`)}</Badge>,
		},
		{
			id: "restarts",
			header: t("restarts"),
			align: "end",
			cell: (row) => <Num value={row.restarts} />,
		},
		{
			id: "since",
			header: t("readySince"),
			secondary: true,
			cell: (row) => (row.ready_since === null ? <None /> : <Time at={row.ready_since} relative />),
		},
		{
			id: "pid",
			header: "PID",
			align: "end",
			secondary: true,
			cell: (row) => (row.pid === null ? <None /> : <code>{row.pid}</code>),
		},
	];
	return (
		<Panel title={t("processes")} description={t("processesText")} flush>
			{health.processes === null ? (
				<Callout tone="warn">{t("processesUnknown")}</Callout>
			) : (
				<Table
					label={t("processes")}
					columns={columns}
					rows={health.processes}
					rowKey={(row) => `${row.kind} ${row.name}`}
					empty={<Empty title={t("noProcesses")} />}
				/>
			)}
		</Panel>
	);
}

type Queue = Health["queues"][number];

function Queues({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const number = (value: number) => <Num value={value} />;
	const columns: Column<Queue>[] = [
		{ id: "queue", header: t("queue"), primary: true, cell: (row) => <strong>{row.queue}</strong> },
		{ id: "ready", header: t("waiting"), align: "end", cell: (row) => number(row.ready) },
		{ id: "running", header: t("runningJobs"), align: "end", cell: (row) => number(row.running) },
		{
			id: "scheduled",
			header: t("scheduled"),
			align: "end",
			cell: (row) => number(row.scheduled),
		},
		{
			id: "oldest",
			header: t("oldest"),
			align: "end",
			cell: (row) => (row.ready === 0 ? <None /> : <Duration ms={row.oldest_s * 1000} />),
		},
	];
	return (
		<Panel title={t("queues")} flush>
			<Table
				label={t("queues")}
				columns={columns}
				rows={health.queues}
				rowKey={(row) => row.queue}
				empty={<Empty title={t("noQueues")}>{t("noQueuesText")}</Empty>}
			/>
		</Panel>
	);
}

function Database({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const { database, disk } = health;
	const used = disk === null ? 0 : disk.bytes - disk.free_bytes;
	const share = disk === null || disk.bytes === 0 ? 0 : used / disk.bytes;
	return (
		<Panel title={t("databaseAndDisk")}>
			<Stack>
				<Progress
					label={t("connections")}
					value={database.connections}
					max={database.connections_max}
					text={t("connectionsOf", {
						count: database.connections,
						most: database.connections_max,
					})}
				/>
				{disk && (
					<Progress
						label={t("diskUsed")}
						value={used}
						max={disk.bytes}
						tone={share > 0.95 ? "bad" : share > 0.9 ? "warn" : "accent"}
					/>
				)}
				<DescriptionList
					items={[
						{ term: t("databaseVersion"), value: database.version },
						{
							term: t("databaseKind"),
							value:
								health.external_database === null ? (
									<None />
								) : health.external_database ? (
									t("external")
								) : (
									t("ownDatabase")
								),
						},
						{
							term: t("oldestTransaction"),
							value:
								database.oldest_transaction_s === null ? (
									<None />
								) : (
									<Duration ms={database.oldest_transaction_s * 1000} />
								),
						},
						{ term: t("address"), value: health.url ?? <None /> },
					]}
				/>
			</Stack>
		</Panel>
	);
}

type Indexed = Health["audit"][number];

function AuditIndex({ health }: { health: Health }) {
	const t = useTranslations("oversight");
	const columns: Column<Indexed>[] = [
		{
			id: "source",
			header: t("source"),
			primary: true,
			cell: (row) => <strong>{row.source}</strong>,
		},
		{ id: "bytes", header: t("size"), align: "end", cell: (row) => <Bytes value={row.bytes} /> },
		{
			id: "behind",
			header: t("behind"),
			align: "end",
			cell: (row) =>
				row.behind_bytes === 0 ? (
					<Badge tone="good">{t("upToDate")}</Badge>
				) : (
					<Bytes value={row.behind_bytes} />
				),
		},
		{
			id: "at",
			header: t("indexedAt"),
			secondary: true,
			cell: (row) => <Time at={row.indexed_at} relative />,
		},
	];
	return (
		<Panel title={t("auditIndex")} description={t("auditIndexText")} flush>
			<Table
				label={t("auditIndex")}
				columns={columns}
				rows={health.audit}
				rowKey={(row) => row.source}
				empty={<Empty title={t("noAuditFiles")} />}
			/>
		</Panel>
	);
}
