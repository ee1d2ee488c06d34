// SPDX-License-Identifier: Apache-2.0
// A plan with all of its versions; the newest can be revised and archived.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Amount } from "@/ui/amount";
import { Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { ConfirmDialog, Drawer } from "@/ui/dialog";
import { None, Num, Time } from "@/ui/format";
import { ErrorPanel } from "@/ui/notice";
import { DescriptionList, Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { PlanDialog } from "./plan-dialog";
import { type Plan, useArchivePlan } from "./queries";

interface PlanDrawerProps {
	/** Newest first; undefined shows none. */
	versions: Plan[] | undefined;
	onClose: () => void;
}

export function PlanDrawer({ versions, onClose }: PlanDrawerProps) {
	const t = useTranslations("plans");
	const { can } = useSession();
	const [act, setAct] = useState<"revise" | "archive" | null>(null);
	const newest = versions?.[0];
	return (
		<>
			<Drawer
				open={newest !== undefined}
				onOpenChange={(open) => !open && onClose()}
				title={newest?.name ?? ""}
				description={t("versionsText")}
				footer={
					newest &&
					newest.archived_at === null &&
					can("tenants:write") && (
						<Row>
							<Button onClick={() => setAct("archive")}>{t("archive")}</Button>
							<Button variant="primary" onClick={() => setAct("revise")}>
								{t("revise")}
							</Button>
						</Row>
					)
				}
			>
				<Stack gap={5}>
					{versions?.map((plan) => (
						<Version key={plan.id} plan={plan} />
					))}
				</Stack>
			</Drawer>
			{newest && act === "revise" && <PlanDialog revised={newest} onClose={() => setAct(null)} />}
			{newest && (
				<ArchiveDialog plan={newest} open={act === "archive"} onClose={() => setAct(null)} />
			)}
		</>
	);
}

function Pairs({ pairs }: { pairs: unknown }) {
	const entries = Object.entries((pairs ?? {}) as Record<string, unknown>);
	if (entries.length === 0) return <None />;
	return (
		<Stack gap={1}>
			{entries.map(([name, value]) => (
				<span key={name}>
					<code>{name}</code> {typeof value === "number" ? <Num value={value} /> : String(value)}
				</span>
			))}
		</Stack>
	);
}

function Version({ plan }: { plan: Plan }) {
	const t = useTranslations("plans");
	const limit = (value: number) =>
		value === 0 ? <None>{t("unlimited")}</None> : <Num value={value} />;
	return (
		<Panel title={t("version", { version: plan.version })}>
			<DescriptionList
				items={[
					{
						term: t("price"),
						value: (
							<>
								<Amount value={plan.price} currency={plan.currency} />{" "}
								{plan.interval === "year" ? t("perYear") : t("perMonth")}
							</>
						),
					},
					{ term: t("billed"), value: plan.billing === "prepaid" ? t("prepaid") : t("arrears") },
					{ term: t("credit"), value: <Amount value={plan.credit} currency={plan.currency} /> },
					{ term: t("trialDays"), value: <Num value={plan.trial_days} /> },
					{ term: t("seats"), value: limit(plan.seats) },
					{ term: t("requests"), value: limit(plan.requests_per_minute) },
					{ term: t("concurrency"), value: limit(plan.concurrency) },
					{ term: t("tokens"), value: limit(plan.tokens_per_minute) },
					{ term: t("included"), value: <Pairs pairs={plan.included} /> },
					{ term: t("overage"), value: <Pairs pairs={plan.overage} /> },
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
					{ term: t("created"), value: <Time at={plan.created_at} /> },
					...(plan.archived_at === null
						? []
						: [{ term: t("archived"), value: <Time at={plan.archived_at} /> }]),
				]}
			/>
		</Panel>
	);
}

function ArchiveDialog({
	plan,
	open,
	onClose,
}: {
	plan: Plan;
	open: boolean;
	onClose: () => void;
}) {
	const t = useTranslations("plans");
	const toast = useToast();
	const archive = useArchivePlan();
	return (
		<ConfirmDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("archiveTitle", { name: plan.name })}
			description={t("archiveText")}
			action={t("archive")}
			busy={archive.isPending}
			onConfirm={() =>
				archive.mutate(plan.id, {
					onSuccess: () => {
						onClose();
						toast(t("archivedToast", { name: plan.name }));
					},
				})
			}
		>
			{archive.error && <ErrorPanel error={archive.error} />}
		</ConfirmDialog>
	);
}
