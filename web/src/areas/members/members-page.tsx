// SPDX-License-Identifier: Apache-2.0
// Members and invitations of an organisation.
"use client";
import { UserPlus } from "lucide-react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Button } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { Callout } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { Invitations } from "./invitations";
import { InviteDialog } from "./invite-dialog";
import { Members } from "./members";

export function MembersPage() {
	const t = useTranslations("members");
	const { session, can } = useSession();
	const [tab, setTab] = useQueryState("tab", "members");
	const [inviting, setInviting] = useDo("invite");
	const writable = can("users:write");
	const personal = session.impersonation === null;
	const invite = writable && personal && (
		<Button variant="primary" icon={<UserPlus size={16} />} onClick={() => setInviting(true)}>
			{t("invite")}
		</Button>
	);
	if (!can("users:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={
				<>
					<CodeButton path={tab === "invitations" ? "/api/invitations" : "/api/users"} />
					{invite}
				</>
			}
		>
			<Tabs
				label={t("title")}
				value={tab === "invitations" ? "invitations" : "members"}
				onChange={setTab}
				tabs={[
					{ value: "members", label: t("members"), content: <Members writable={writable} /> },
					{
						value: "invitations",
						label: t("invitations"),
						content: <Invitations writable={writable} personal={personal} invite={invite} />,
					},
				]}
			/>
			<InviteDialog
				open={inviting && writable && personal}
				onOpenChange={setInviting}
				onInvited={() => setTab("invitations")}
			/>
		</Page>
	);
}
