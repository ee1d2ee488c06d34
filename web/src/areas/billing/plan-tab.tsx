// SPDX-License-Identifier: Apache-2.0
// What the organisation has subscribed to, what it holds, and what else it may choose.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { Amount } from "@/ui/amount";
import { Badge, Skeleton, type Tone } from "@/ui/bits";
import { Button } from "@/ui/button";
import { FormDialog } from "@/ui/dialog";
import { Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Panel, Stack, Stat } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { PlanFacts } from "./plan-facts";
import { Plans } from "./plans";
import {
	type Subscription,
	useAccount,
	useCancel,
	usePortal,
	useResume,
	useSubscription,
} from "./queries";
import { TestPageDialog } from "./test-page";

export function PlanTab({ writable }: { writable: boolean }) {
	const subscription = useSubscription();
	return (
		<Stack gap={5}>
			<Balance />
			{subscription.error ? (
				<ErrorPanel error={subscription.error} onRetry={() => void subscription.refetch()} />
			) : subscription.data === undefined ? (
				<Panel>
					<Skeleton lines={5} />
				</Panel>
			) : (
				<>
					<Current subscription={subscription.data} writable={writable} />
					<Plans subscription={subscription.data} writable={writable} />
				</>
			)}
		</Stack>
	);
}

function Balance() {
	const t = useTranslations("billing");
	const account = useAccount();
	if (account.error)
		return <ErrorPanel error={account.error} onRetry={() => void account.refetch()} />;
	const shown = account.data;
	const amount = (value: string | undefined) =>
		shown && value !== undefined ? (
			<Amount value={value} currency={shown.currency} />
		) : (
			<Skeleton />
		);
	return (
		<Grid min="s">
			<Stat
				label={t("balance")}
				value={amount(shown?.balance)}
				note={shown?.prepaid ? t("prepaidNote") : t("balanceNote")}
			/>
			<Stat label={t("held")} value={amount(shown?.held)} note={t("heldNote")} />
			<Stat label={t("owed")} value={amount(shown?.owed)} note={t("owedNote")} />
		</Grid>
	);
}

const TONES: Record<string, Tone> = {
	trialing: "info",
	active: "good",
	paused: "warn",
	past_due: "bad",
	suspended: "bad",
	canceled: "neutral",
};

function useStateName() {
	const t = useTranslations("billing");
	return (state: string) => {
		switch (state) {
			case "trialing":
			case "active":
			case "paused":
			case "past_due":
			case "suspended":
			case "canceled":
				return t(`state_${state}`);
			default:
				return state;
		}
	};
}

interface CurrentProps {
	subscription: Subscription | null;
	writable: boolean;
}

function Current({ subscription, writable }: CurrentProps) {
	const t = useTranslations("billing");
	const stateName = useStateName();
	if (!subscription)
		return (
			<Panel title={t("noPlan")}>
				<p>{t("noPlanText")}</p>
			</Panel>
		);
	const { plan, state } = subscription;
	const items = [
		{ term: t("state"), value: <Badge tone={TONES[state] ?? "neutral"}>{stateName(state)}</Badge> },
		{
			term: t("period"),
			value: (
				<>
					<Time at={subscription.period_from} dateOnly /> –{" "}
					<Time at={subscription.period_until} dateOnly />
				</>
			),
		},
	];
	if (subscription.trial_until !== null)
		items.push({ term: t("trialUntil"), value: <Time at={subscription.trial_until} /> });
	if (subscription.next_plan !== null)
		items.push({ term: t("nextPlan"), value: <strong>{subscription.next_plan}</strong> });
	return (
		<Panel
			title={plan.name}
			description={plan.public ? undefined : t("agreed")}
			actions={
				writable && (
					<>
						<PortalButton />
						{plan.public && state !== "canceled" && state !== "paused" && (
							<CancelButton subscription={subscription} />
						)}
					</>
				)
			}
		>
			<Stack>
				{subscription.cancel_at_period_end && (
					<Callout tone="warn">
						{t.rich("ends", { time: () => <Time at={subscription.period_until} dateOnly /> })}
					</Callout>
				)}
				<PlanFacts plan={plan} more={items} />
				<Lines subscription={subscription} />
			</Stack>
		</Panel>
	);
}

/** What the period is charged for plans so far; usage comes beside it. */
function Lines({ subscription }: { subscription: Subscription }) {
	const t = useTranslations("billing");
	if (subscription.period_lines.length === 0) return null;
	return (
		<DescriptionList
			items={subscription.period_lines.map((line) => ({
				term: line.kind === "base" ? line.plan : t("givenBack", { plan: line.plan }),
				value: (
					<>
						<Amount value={line.amount} currency={subscription.plan.currency} /> ·{" "}
						<Time at={line.from} dateOnly /> – <Time at={line.until} dateOnly />
					</>
				),
			}))}
		/>
	);
}

function PortalButton() {
	const t = useTranslations("billing");
	const { session } = useSession();
	const toast = useToast();
	const portal = usePortal();
	if (session.impersonation !== null) return null;
	if (portal.data && !portal.data.livemode)
		return <TestPageDialog page={portal.data} onClose={portal.reset} />;
	return (
		<Button
			variant="quiet"
			busy={portal.isPending}
			onClick={() =>
				portal.mutate(undefined, {
					onError: (error) => toast(toApiError(error).message, { error: true }),
				})
			}
		>
			{t("wayToPay")}
		</Button>
	);
}

function CancelButton({ subscription }: { subscription: Subscription }) {
	const t = useTranslations("billing");
	const toast = useToast();
	const [asking, setAsking] = useState(false);
	const cancel = useCancel();
	const resume = useResume();
	if (subscription.cancel_at_period_end)
		return (
			<Button
				busy={resume.isPending}
				onClick={() =>
					resume.mutate(undefined, {
						onSuccess: () => toast(t("resumedToast")),
						onError: (error) => toast(toApiError(error).message, { error: true }),
					})
				}
			>
				{t("keepPlan")}
			</Button>
		);
	const close = () => {
		cancel.reset();
		setAsking(false);
	};
	return (
		<>
			<Button onClick={() => setAsking(true)}>{t("cancel")}</Button>
			<FormDialog
				open={asking}
				onOpenChange={(open) => !open && close()}
				danger
				title={t("cancelTitle")}
				description={t("cancelText")}
				submit={t("cancel")}
				busy={cancel.isPending}
				onSubmit={() =>
					cancel.mutate(undefined, {
						onSuccess: () => {
							close();
							toast(t("canceledToast"));
						},
					})
				}
			>
				{cancel.error && <ErrorPanel error={cancel.error} />}
			</FormDialog>
		</>
	);
}
