// SPDX-License-Identifier: Apache-2.0
// The operator's first page: what wants attention, how the platform is, where to go.
"use client";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Badge, Skeleton } from "@/ui/bits";
import { LinkButton } from "@/ui/button";
import { Bytes, Duration, None, Num, Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Grid, Page, Panel, Row, Stack, Stat } from "@/ui/page";
import { Concerns } from "./concerns";
import { useFirstTenants, useHealth, useSettlement, useStripe } from "./queries";
import { concernsOf } from "./state";

export function HomePage() {
	const t = useTranslations("oversight");
	const { can } = useSession();
	return (
		<Page
			title={t("home")}
			description={t("homeText")}
			actions={
				can("tenants:write") && (
					<LinkButton variant="primary" href="/platform/tenants/?do=create">
						{t("createTenant")}
					</LinkButton>
				)
			}
		>
			<Stack gap={5}>
				<Attention />
				<Figures />
			</Stack>
		</Page>
	);
}

function Attention() {
	const t = useTranslations("oversight");
	const health = useHealth();
	const stripe = useStripe();
	const settlement = useSettlement();
	const tenants = useFirstTenants();
	const waiting = [health, stripe, settlement, tenants].some((query) => query.isPending);
	const concerns = health.data ? concernsOf(health.data) : [];
	const closed = (tenants.data?.data ?? []).filter((tenant) => tenant.state !== "active");
	const quarantined = settlement.data?.quarantined ?? 0;
	const mock = stripe.data?.mode === "mock";
	const quiet = concerns.length === 0 && closed.length === 0 && quarantined === 0 && !mock;
	return (
		<Panel title={t("attention")}>
			{waiting ? (
				<Skeleton lines={3} />
			) : (
				<Stack gap={3}>
					{health.error && (
						<ErrorPanel error={health.error} onRetry={() => void health.refetch()} />
					)}
					{tenants.error && (
						<ErrorPanel error={tenants.error} onRetry={() => void tenants.refetch()} />
					)}
					{settlement.error && (
						<ErrorPanel error={settlement.error} onRetry={() => void settlement.refetch()} />
					)}
					{stripe.error && (
						<ErrorPanel error={stripe.error} onRetry={() => void stripe.refetch()} />
					)}
					<Concerns concerns={concerns} />
					{quarantined > 0 && (
						<Callout tone="bad" title={t("quarantined", { count: quarantined })}>
							{t("quarantinedText")}
						</Callout>
					)}
					{closed.map((tenant) => (
						<Callout
							key={tenant.id}
							tone="warn"
							title={t(tenant.state === "deleting" ? "tenantDeleting" : "tenantSuspended", {
								name: tenant.name,
							})}
							actions={
								<LinkButton size="s" href={`/platform/tenants/?id=${tenant.id}`}>
									{t("look")}
								</LinkButton>
							}
						/>
					))}
					{mock && (
						<Callout
							tone="info"
							title={t("mockTitle")}
							actions={
								<LinkButton size="s" href="/platform/settings/">
									{t("toSettings")}
								</LinkButton>
							}
						>
							{t("mockText")}
						</Callout>
					)}
					{quiet && !health.error && !tenants.error && (
						<Callout tone="good" title={t("nothing")}>
							{t("nothingText")}
						</Callout>
					)}
					{tenants.data?.has_more && <p>{t("firstTenants")}</p>}
				</Stack>
			)}
		</Panel>
	);
}

function Figures() {
	const t = useTranslations("oversight");
	const health = useHealth();
	const now = health.data;
	if (!now) return health.error ? null : <Skeleton block />;
	const inference = now.traffic?.classes.find((each) => each.class === "inference");
	return (
		<Panel
			title={t("health")}
			actions={
				<Row>
					<Badge tone={now.ready ? "good" : now.ready === null ? "neutral" : "bad"}>
						{now.ready ? t("ready") : now.ready === null ? t("unknown") : t("notReady")}
					</Badge>
					<Link href="/platform/health/">{t("details")}</Link>
				</Row>
			}
		>
			<Grid min="s">
				<Stat
					label={t("version")}
					value={now.version ?? <None>{t("unknown")}</None>}
					note={
						now.started_at !== null &&
						t.rich("startedAt", { time: () => <Time at={now.started_at ?? 0} relative /> })
					}
				/>
				<Stat
					label={t("processes")}
					value={
						now.processes === null ? (
							<None>{t("unknown")}</None>
						) : (
							t("readyOf", {
								ready: now.processes.filter((each) => each.state === "ready").length,
								count: now.processes.length,
							})
						)
					}
				/>
				<Stat
					label={t("inferenceP95")}
					value={
						inference?.p95_ms == null ? <None /> : <Duration ms={Math.round(inference.p95_ms)} />
					}
					note={inference && <Num value={inference.requests} unit={t("requestsUnit")} />}
				/>
				<Stat
					label={t("diskFree")}
					value={
						now.disk === null ? <None>{t("unknown")}</None> : <Bytes value={now.disk.free_bytes} />
					}
				/>
			</Grid>
		</Panel>
	);
}
