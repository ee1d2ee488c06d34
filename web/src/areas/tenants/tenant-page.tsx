// SPDX-License-Identifier: Apache-2.0
// One tenant: who they are, what they use, what they owe, and what the operator may do.
"use client";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { AuditPanel } from "@/areas/oversight/audit-panel";
import { ModelsPanel } from "@/areas/upstreams/models-panel";
import { Badge, Skeleton } from "@/ui/bits";
import { CopyId } from "@/ui/copy";
import { ErrorPanel } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { CreditsTab } from "./credits-tab";
import { InvoicesTab } from "./invoices-tab";
import { LimitsTab } from "./limits-tab";
import { MembersTab } from "./members-tab";
import { OverviewTab } from "./overview-tab";
import { PlanTab } from "./plan-tab";
import { type Tenant, useTenant } from "./queries";
import { TENANT_TONES } from "./state";
import { StorageTab } from "./storage-tab";
import { TenantActs } from "./tenant-acts";

const LIST = "/platform/tenants/";

export function TenantPage({ id }: { id: string }) {
	const t = useTranslations("tenants");
	const tenant = useTenant(id);
	const back = { href: LIST, label: t("title") };
	if (tenant.error && !tenant.data)
		return (
			<Page title={t("tenant")} back={back}>
				<ErrorPanel error={tenant.error} onRetry={() => void tenant.refetch()} />
			</Page>
		);
	if (!tenant.data)
		return (
			<Page title={t("tenant")} back={back}>
				<Skeleton lines={8} />
			</Page>
		);
	return (
		<Page
			title={tenant.data.name}
			back={back}
			mark={<Badge tone={TENANT_TONES[tenant.data.state]}>{t(tenant.data.state)}</Badge>}
			description={<CopyId id={tenant.data.id} />}
			actions={<TenantActs tenant={tenant.data} />}
		>
			<TenantTabs tenant={tenant.data} />
		</Page>
	);
}

function TenantTabs({ tenant }: { tenant: Tenant }) {
	const t = useTranslations("tenants");
	const [tab, setTab] = useQueryState("tab", "overview");
	const { id } = tenant;
	return (
		<Tabs
			label={t("parts")}
			value={tab}
			onChange={setTab}
			tabs={[
				{ value: "overview", label: t("overview"), content: <OverviewTab tenant={tenant} /> },
				{ value: "members", label: t("members"), content: <MembersTab tenant={id} /> },
				{ value: "limits", label: t("limits"), content: <LimitsTab tenant={id} /> },
				{ value: "plan", label: t("plan"), content: <PlanTab tenant={id} /> },
				{ value: "invoices", label: t("invoices"), content: <InvoicesTab tenant={id} /> },
				{ value: "credits", label: t("credits"), content: <CreditsTab tenant={id} /> },
				{ value: "models", label: t("models"), content: <ModelsPanel tenant={id} /> },
				{ value: "storage", label: t("storage"), content: <StorageTab tenant={id} /> },
				{ value: "audit", label: t("audit"), content: <AuditPanel tenant={id} /> },
			]}
		/>
	);
}
