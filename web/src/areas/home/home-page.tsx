// SPDX-License-Identifier: Apache-2.0
// The overview: what needs attention, what was spent of what may be, and where one left off.
"use client";
import { useTranslations } from "use-intl";
import { shareOf } from "@/api/decimal";
import { useServerNow } from "@/api/use-server-now";
import { useSession } from "@/session/session";
import { Amount } from "@/ui/amount";
import { Progress, Skeleton } from "@/ui/bits";
import { LinkButton } from "@/ui/button";
import { Time } from "@/ui/format";
import { Link } from "@/ui/link";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Grid, Page, Panel, Stack, Stat } from "@/ui/page";
import { Sparkline } from "@/ui/spark";
import { attention } from "./attention";
import { AttentionList } from "./attention-list";
import { FirstSteps } from "./first-steps";
import styles from "./home.module.css";
import {
	DAYS,
	useBillingAccount,
	useBillingProfile,
	useBudgets,
	useChats,
	useCosts,
	useKeys,
	useOpenInvoices,
	useOwnBudget,
	useStores,
} from "./queries";

export function HomePage() {
	const t = useTranslations("home");
	const { session, can } = useSession();
	const now = useServerNow(60_000);
	const stores = useStores(can("vector_stores:read"));
	const keys = useKeys(can("keys:read"));
	const budgets = useBudgets(can("budgets:read"));
	const invoices = useOpenInvoices(can("billing:read"));
	const profile = useBillingProfile(can("billing:read"));
	const chats = useChats(can("responses:read"));
	const asked = [stores, keys, budgets, invoices, profile, chats];
	const waiting = asked.some((query) => query.isLoading);
	const failed = asked.filter((query) => query.error && !query.data);
	const found = attention({
		nowS: now.getTime() / 1000,
		stores: stores.data?.data,
		keys: keys.data?.data,
		budgets: budgets.data?.data,
		invoices: invoices.data?.data,
		profile: profile.data,
		mfaMissing: session.mfa.required && !session.mfa.enabled,
	});
	return (
		<Page title={session.tenant.name} description={t("description")}>
			{failed[0] && (
				<ErrorPanel
					error={failed[0].error}
					title={t("partFailed")}
					onRetry={() => {
						for (const query of failed) void query.refetch();
					}}
				/>
			)}
			<FirstSteps
				documents={stores.data ? stores.data.data.some((each) => each.file_counts.total > 0) : null}
				chats={chats.data ? chats.data.data.length > 0 : null}
				keys={keys.data ? keys.data.data.length > 0 : null}
			/>
			<Panel title={t("attention")} flush>
				{waiting ? (
					<div className={styles.calm}>
						<Skeleton />
					</div>
				) : (
					<AttentionList
						found={found}
						partial={stores.data?.has_more || keys.data?.has_more || budgets.data?.has_more}
					/>
				)}
			</Panel>
			{can("budgets:read") && <Spend />}
			{can("responses:read") && <Chats />}
		</Page>
	);
}

function Spend() {
	const t = useTranslations("home");
	const { session, can } = useSession();
	const budget = useOwnBudget(session.tenant.id, true);
	const costs = useCosts(can("usage:read"));
	const account = useBillingAccount(can("billing:read"));
	const own = budget.data;
	if (budget.error && !own)
		return <ErrorPanel error={budget.error} onRetry={() => void budget.refetch()} />;
	if (!own)
		return (
			<Grid min="l">
				<Stat label={t("monthSpent")} value={<Skeleton />} note={<Skeleton />} />
				<Stat label={t("daySpent")} value={<Skeleton />} note={<Skeleton />}>
					{can("usage:read") && <SparkSkeleton />}
				</Stat>
			</Grid>
		);
	const share = shareOf(own.month_spent, own.month);
	const values = (costs.data ?? []).map((day) => Number(day.cost));
	return (
		<Grid min="l">
			<Stat
				label={t("monthSpent")}
				value={<Amount value={own.month_spent} currency={own.currency} />}
				note={
					own.month === null
						? t("noBudget")
						: t.rich("ofBudget", {
								limit: () => <Amount value={own.month ?? "0"} currency={own.currency} />,
							})
				}
			>
				{share !== null && (
					<Progress
						hideLabel
						label={t("monthSpent")}
						value={share}
						max={1}
						tone={share >= 1 ? "bad" : share >= 0.8 ? "warn" : "accent"}
					/>
				)}
			</Stat>
			<Stat
				label={t("daySpent")}
				value={<Amount value={own.day_spent} currency={own.currency} />}
				note={t.rich("dayEnds", { time: () => <Time at={own.day_ends_at} /> })}
			>
				{costs.isLoading && <SparkSkeleton />}
				{values.length > 1 && (
					<Sparkline values={values} label={t("costsPerDay", { days: DAYS })} />
				)}
			</Stat>
			{account.data?.prepaid && (
				<Stat
					label={t("balance")}
					value={<Amount value={account.data.balance} currency={account.data.currency} />}
					note={t("prepaid")}
				/>
			)}
		</Grid>
	);
}

/** As high as the line of the costs. */
function SparkSkeleton() {
	return (
		<span className={styles.spark}>
			<Skeleton />
		</span>
	);
}

function Chats() {
	const t = useTranslations("home");
	const { can } = useSession();
	const chats = useChats(true);
	const rows = chats.data?.data;
	const begin = can("responses:write") && (
		<LinkButton size="s" href="/chat/">
			{t("newChat")}
		</LinkButton>
	);
	if (chats.error && !rows) return null;
	return (
		<Panel title={t("lastChats")} actions={rows && rows.length > 0 ? begin : undefined} flush>
			{rows === undefined ? (
				<div className={styles.pad}>
					<Skeleton lines={4} />
				</div>
			) : rows.length === 0 ? (
				<Empty title={t("noChats")} action={begin}>
					{t("noChatsText")}
				</Empty>
			) : (
				<ul className={styles.list}>
					{rows.map((chat) => (
						<li key={chat.id} className={styles.line}>
							<Link
								className={styles.title}
								href={`/chat/?${new URLSearchParams({ id: chat.id })}`}
							>
								<bdi>{chat.title === "" ? t("untitled") : chat.title}</bdi>
							</Link>
							<Stack gap={1}>
								<span className={styles.facts}>
									{t("turns", { count: chat.turns })} ·
									<Time at={chat.updated_at} relative />
								</span>
							</Stack>
						</li>
					))}
				</ul>
			)}
		</Panel>
	);
}
