// SPDX-License-Identifier: Apache-2.0
// The plans on offer, and how one gets to them.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { decimalToNanos } from "@/api/decimal";
import { Badge, Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { RadioGroup } from "@/ui/choice";
import { FormDialog } from "@/ui/dialog";
import { Callout, Empty, ErrorPanel } from "@/ui/notice";
import { Grid, Panel, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { PlanFacts } from "./plan-facts";
import { type Plan, type Subscription, useChangePlan, useCheckout, usePlans } from "./queries";
import { TestPageDialog } from "./test-page";

interface PlansProps {
	subscription: Subscription | null;
	writable: boolean;
}

/** Now only for one that costs more, with the same interval and way of billing, while nothing is past due. */
export function mayChangeNow(subscription: Subscription, plan: Plan): boolean {
	const now = subscription.plan;
	return (
		subscription.state === "active" &&
		now.interval === plan.interval &&
		now.billing === plan.billing &&
		(decimalToNanos(plan.price) ?? 0n) > (decimalToNanos(now.price) ?? 0n)
	);
}

function cheaper(a: Plan, b: Plan): number {
	return Number(a.price) - Number(b.price) || a.name.localeCompare(b.name);
}

export function Plans({ subscription, writable }: PlansProps) {
	const t = useTranslations("billing");
	const plans = usePlans();
	const [chosen, setChosen] = useState<Plan | null>(null);
	const changeable =
		subscription === null || subscription.state === "canceled" || subscription.plan.public;
	return (
		<Panel
			title={t("plans")}
			description={!writable ? t("plansOwner") : changeable ? t("plansText") : t("plansAgreed")}
		>
			{plans.error ? (
				<ErrorPanel error={plans.error} onRetry={() => void plans.refetch()} />
			) : !plans.data ? (
				<Skeleton block />
			) : plans.data.data.length === 0 ? (
				<Empty title={t("noPlansTitle")}>{t("noPlansText")}</Empty>
			) : (
				<Grid min="l">
					{[...plans.data.data].sort(cheaper).map((plan) => (
						<Panel
							key={plan.id}
							title={plan.name}
							actions={
								subscription?.plan.id === plan.id && subscription.state !== "canceled" ? (
									<Badge tone="good">{t("yourPlan")}</Badge>
								) : (
									writable &&
									changeable && (
										<Button size="s" onClick={() => setChosen(plan)}>
											{t("choose")}
										</Button>
									)
								)
							}
						>
							<PlanFacts plan={plan} />
						</Panel>
					))}
				</Grid>
			)}
			<ChooseDialog
				plan={chosen}
				subscription={subscription?.state === "canceled" ? null : subscription}
				onClose={() => setChosen(null)}
			/>
		</Panel>
	);
}

interface ChooseDialogProps {
	plan: Plan | null;
	subscription: Subscription | null;
	onClose: () => void;
}

/** Without a subscription, the way leads over the page on which a way to pay is left. */
function ChooseDialog({ plan, subscription, onClose }: ChooseDialogProps) {
	const t = useTranslations("billing");
	const toast = useToast();
	const change = useChangePlan();
	const checkout = useCheckout();
	const [when, setWhen] = useState<"period_end" | "now">("period_end");
	const resetChange = change.reset;
	const resetCheckout = checkout.reset;
	useEffect(() => {
		if (!plan) return;
		setWhen("period_end");
		resetChange();
		resetCheckout();
	}, [plan, resetChange, resetCheckout]);
	const error = change.error ?? checkout.error;
	if (checkout.data && !checkout.data.livemode)
		return <TestPageDialog page={checkout.data} onClose={onClose} />;
	const now = plan !== null && subscription !== null && mayChangeNow(subscription, plan);
	return (
		<FormDialog
			open={plan !== null}
			onOpenChange={(open) => !open && onClose()}
			title={t("chooseTitle", { plan: plan?.name ?? "" })}
			submit={subscription ? t("changePlan") : t("toPayment")}
			busy={change.isPending || checkout.isPending}
			onSubmit={() => {
				if (!plan) return;
				if (!subscription) checkout.mutate(plan.name);
				else
					change.mutate(
						{ plan: plan.name, when },
						{
							onSuccess: () => {
								onClose();
								toast(t("changedToast", { plan: plan.name }));
							},
						},
					);
			}}
		>
			<Stack>
				{error && <ErrorPanel error={error} />}
				{plan && <PlanFacts plan={plan} />}
				{subscription ? (
					now ? (
						<RadioGroup
							label={t("when")}
							value={when}
							onChange={setWhen}
							options={[
								{ value: "period_end", label: t("atEnd"), hint: t("atEndHint") },
								{ value: "now", label: t("atOnce"), hint: t("atOnceHint") },
							]}
						/>
					) : (
						<Callout>{t("atEndHint")}</Callout>
					)
				) : (
					<Callout>{t("checkoutText")}</Callout>
				)}
			</Stack>
		</FormDialog>
	);
}
