// SPDX-License-Identifier: Apache-2.0
// A tenant's plan: start, change, pause, resume, cancel.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import type { components } from "@/api/schema.gen";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Amount } from "@/ui/amount";
import { Badge, Skeleton, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Checkbox, RadioGroup } from "@/ui/choice";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { None, Time } from "@/ui/format";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Panel, Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { useToast } from "@/ui/toast";
import {
	type SubscriptionAct,
	useChangePlan,
	usePlans,
	useStartPlan,
	useSubscription,
	useSubscriptionAct,
} from "./queries";
import { SUBSCRIPTION_TONES, subscriptionState } from "./state";

type Subscription = components["schemas"]["Subscription"];

export function PlanTab({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const subscription = useSubscription(tenant);
	const [choosing, setChoosing] = useDo("plan");
	const writable = can("tenants:write");
	if (subscription.error && subscription.data === undefined)
		return <ErrorPanel error={subscription.error} onRetry={() => void subscription.refetch()} />;
	if (subscription.data === undefined) return <Skeleton lines={8} />;
	const current = subscription.data;
	const runs = current !== null && current.state !== "canceled";
	const choose = writable && (
		<Button variant="primary" onClick={() => setChoosing(true)}>
			{runs ? t("changePlan") : t("startPlan")}
		</Button>
	);
	return (
		<>
			{current === null ? (
				<Panel>
					<Empty title={t("noPlan")} action={choose}>
						{t("noPlanText")}
					</Empty>
				</Panel>
			) : (
				<Current tenant={tenant} current={current} choose={choose} writable={writable} />
			)}
			{choosing && writable && (
				<PlanDialog
					tenant={tenant}
					current={runs ? current : null}
					onClose={() => setChoosing(false)}
				/>
			)}
		</>
	);
}

interface CurrentProps {
	tenant: string;
	current: Subscription;
	choose: React.ReactNode;
	writable: boolean;
}

function Current({ tenant, current, choose, writable }: CurrentProps) {
	const t = useTranslations("tenants");
	const { plan } = current;
	const state = subscriptionState(current.state);
	return (
		<Panel
			title={plan.name}
			description={t("planVersion", { version: plan.version })}
			actions={choose}
			footer={writable && <Acts tenant={tenant} current={current} />}
		>
			<Stack>
				{current.cancel_at_period_end && (
					<Callout tone="warn">
						{t.rich("endsAt", { time: () => <Time at={current.period_until} dateOnly /> })}
					</Callout>
				)}
				{current.next_plan !== null && (
					<Callout>
						{t.rich("changesTo", {
							plan: current.next_plan,
							time: () => <Time at={current.period_until} dateOnly />,
						})}
					</Callout>
				)}
				<DescriptionList
					items={[
						{
							term: t("state"),
							value: (
								<Badge tone={state ? SUBSCRIPTION_TONES[state] : "neutral"}>
									{state ? t(state) : current.state}
								</Badge>
							),
						},
						{
							term: t("price"),
							value: (
								<>
									<Amount value={plan.price} currency={plan.currency} />{" "}
									{plan.interval === "year" ? t("perYear") : t("perMonth")}
								</>
							),
						},
						{
							term: t("billed"),
							value: plan.billing === "prepaid" ? t("inAdvance") : t("afterwards"),
						},
						{
							term: t("period"),
							value: (
								<>
									<Time at={current.period_from} dateOnly /> –{" "}
									<Time at={current.period_until} dateOnly />
								</>
							),
						},
						{
							term: t("trialUntil"),
							value:
								current.trial_until === null ? (
									<None />
								) : (
									<Time at={current.trial_until} dateOnly />
								),
						},
						{
							term: t("entitlements"),
							value: (
								<Row gap={1}>
									{plan.entitlements.map((name) => (
										<Tag key={name}>{name === "*" ? t("everything") : name}</Tag>
									))}
								</Row>
							),
						},
						{ term: t("since"), value: <Time at={current.started_at} dateOnly /> },
					]}
				/>
			</Stack>
		</Panel>
	);
}

function Acts({ tenant, current }: { tenant: string; current: Subscription }) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const write = useSubscriptionAct(tenant);
	const [canceling, setCanceling] = useState(false);
	const [when, setWhen] = useState<"cancelLater" | "cancelNow">("cancelLater");
	const act = (what: SubscriptionAct, done?: () => void) =>
		write.mutate(what, {
			onSuccess: () => {
				done?.();
				toast(t("planSaved"));
			},
			onError: (error) => !done && toast(toApiError(error).message, { error: true }),
		});
	if (current.state === "canceled") return null;
	const resumable = current.state === "paused" || current.cancel_at_period_end;
	return (
		<Row>
			{resumable ? (
				<Button busy={write.isPending} onClick={() => act("resume")}>
					{current.state === "paused" ? t("resumePlan") : t("keepPlan")}
				</Button>
			) : (
				<Button busy={write.isPending} onClick={() => act("pause")}>
					{t("pausePlan")}
				</Button>
			)}
			<Button onClick={() => setCanceling(true)}>{t("cancelPlan")}</Button>
			<ConfirmDialog
				open={canceling}
				onOpenChange={setCanceling}
				title={t("cancelPlanTitle")}
				description={t("cancelPlanText")}
				action={t("cancelPlan")}
				busy={write.isPending}
				onConfirm={() => act(when, () => setCanceling(false))}
			>
				<Stack>
					{write.error && <ErrorPanel error={write.error} />}
					<RadioGroup
						label={t("when")}
						value={when}
						onChange={setWhen}
						options={[
							{ value: "cancelLater", label: t("atPeriodEnd") },
							{ value: "cancelNow", label: t("now") },
						]}
					/>
				</Stack>
			</ConfirmDialog>
		</Row>
	);
}

interface PlanDialogProps {
	tenant: string;
	current: Subscription | null;
	onClose: () => void;
}

function PlanDialog({ tenant, current, onClose }: PlanDialogProps) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const plans = usePlans();
	const start = useStartPlan(tenant);
	const change = useChangePlan(tenant);
	const [plan, setPlan] = useState("");
	const [trial, setTrial] = useState(true);
	const [when, setWhen] = useState<"now" | "period_end">("period_end");
	const names = [
		...new Set(
			(plans.data?.data ?? []).filter((each) => each.archived_at === null).map((each) => each.name),
		),
	];
	const error = plans.error ?? start.error ?? change.error;
	const done = {
		onSuccess: () => {
			onClose();
			toast(t("planSaved"));
		},
	};
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={current ? t("changePlan") : t("startPlan")}
			submit={current ? t("changePlan") : t("startPlan")}
			disabled={plan === ""}
			busy={start.isPending || change.isPending}
			onSubmit={() =>
				current ? change.mutate({ plan, when }, done) : start.mutate({ plan, trial }, done)
			}
		>
			<Stack>
				{error && <ErrorPanel error={error} />}
				{plans.data && names.length === 0 && <Callout tone="warn">{t("noPlans")}</Callout>}
				<Select
					label={t("plan")}
					value={plan}
					onChange={setPlan}
					options={names.map((name) => ({ value: name, label: name }))}
				/>
				{current ? (
					<RadioGroup
						label={t("when")}
						value={when}
						onChange={setWhen}
						options={[
							{ value: "period_end", label: t("atPeriodEnd") },
							{ value: "now", label: t("now"), hint: t("nowHint") },
						]}
					/>
				) : (
					<Checkbox label={t("withTrial")} checked={trial} onChange={setTrial} />
				)}
			</Stack>
		</FormDialog>
	);
}
