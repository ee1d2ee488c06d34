// SPDX-License-Identifier: Apache-2.0
// States of everything, above the page: acting for somebody, an ended session, an upgrade.
"use client";
import { useFormatter, useTranslations } from "use-intl";
import { api, leaveFor } from "@/api/client";
import { toApiError } from "@/api/errors";
import { useUpgraded } from "@/session/build";
import { useSession } from "@/session/session";
import { Button, LinkButton } from "@/ui/button";
import { Banner } from "@/ui/notice";
import { useRoleName } from "@/ui/role";
import { useToast } from "@/ui/toast";

export function Notices() {
	const t = useTranslations("shell");
	const errors = useTranslations("errors");
	const { session, ended, lessened } = useSession();
	const roleName = useRoleName();
	const upgraded = useUpgraded();
	return (
		<>
			<Impersonation />
			<FactorWanted />
			{lessened && (
				<Banner tone="warn">{t("roleChanged", { role: roleName(session.role) })}</Banner>
			)}
			{ended && (
				// Another tab, so that nothing typed here is lost; this one notices when it is looked at again.
				<Banner
					tone="bad"
					actions={
						<Button size="s" onClick={() => window.open("/sign-in/", "_blank", "noopener")}>
							{t("signIn")}
						</Button>
					}
				>
					{errors("signedOut")} {errors("signIn")}
				</Banner>
			)}
			{upgraded && (
				<Banner
					actions={
						<Button size="s" onClick={() => location.reload()}>
							{t("reload")}
						</Button>
					}
				>
					{t("upgraded")}
				</Banner>
			)}
		</>
	);
}

/** The organisation asks for a second factor that this session has not shown: nothing else is answered. */
function FactorWanted() {
	const t = useTranslations("shell");
	const { session } = useSession();
	if (!session.mfa.required || session.mfa.verified || session.impersonation) return null;
	return (
		<Banner
			tone="warn"
			actions={
				session.mfa.enabled ? (
					<LinkButton size="s" href={`/sign-in/?tenant=${session.tenant.id}`}>
						{t("signIn")}
					</LinkButton>
				) : (
					<LinkButton size="s" href="/account/">
						{t("setUp")}
					</LinkButton>
				)
			}
		>
			{session.mfa.enabled ? t("factorUnshown") : t("factorMissing")}
		</Banner>
	);
}

function Impersonation() {
	const t = useTranslations("shell");
	const format = useFormatter();
	const toast = useToast();
	const { session } = useSession();
	if (!session.impersonation) return null;
	const end = async () => {
		try {
			await leaveFor("/platform/", () => api.DELETE("/api/auth/session"));
		} catch (error) {
			toast(toApiError(error).message, { error: true });
		}
	};
	return (
		<Banner
			tone="warn"
			actions={
				<Button size="s" onClick={() => void end()}>
					{t("endImpersonation")}
				</Button>
			}
		>
			{t("impersonation", {
				tenant: session.tenant.name,
				name: session.account.name || session.account.email,
				time: format.dateTime(new Date(session.impersonation.until * 1000), { timeStyle: "short" }),
				reason: session.impersonation.reason,
			})}
		</Banner>
	);
}
