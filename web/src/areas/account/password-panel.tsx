// SPDX-License-Identifier: Apache-2.0
// Changing the password ends all other sessions.
"use client";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Button } from "@/ui/button";
import { lazyDialog } from "@/ui/lazy-dialog";
import { Panel } from "@/ui/page";

const PasswordDialog = lazyDialog(
	() => import("./password-dialog").then((module) => module.PasswordDialog),
	(props) => props.open,
);

export function PasswordPanel() {
	const t = useTranslations("account");
	const { session } = useSession();
	const [open, setOpen] = useDo("password");
	// Who acts for somebody may not change their password.
	if (session.impersonation) return null;
	return (
		<Panel
			title={t("password")}
			description={t("passwordText", { email: session.account.email ?? "" })}
			actions={<Button onClick={() => setOpen(true)}>{t("changePassword")}</Button>}
		>
			<PasswordDialog open={open} onOpenChange={setOpen} email={session.account.email ?? ""} />
		</Panel>
	);
}
