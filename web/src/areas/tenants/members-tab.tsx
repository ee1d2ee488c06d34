// SPDX-License-Identifier: Apache-2.0
// Members of a tenant and open invitations, as the operator sees them.
"use client";
import { UserRoundPlus } from "lucide-react";
import { useTranslations } from "use-intl";
import { Invitations } from "@/areas/members/invitations";
import { InviteDialog } from "@/areas/members/invite-dialog";
import { Members } from "@/areas/members/members";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Button } from "@/ui/button";
import { Stack } from "@/ui/page";

export function MembersTab({ tenant }: { tenant: string }) {
	const t = useTranslations("members");
	const { can } = useSession();
	const [inviting, setInviting] = useDo("invite");
	const writable = can("tenants:write");
	const invite = writable && (
		<Button icon={<UserRoundPlus size={16} />} onClick={() => setInviting(true)}>
			{t("invite")}
		</Button>
	);
	return (
		<Stack gap={5}>
			<Stack>
				<Members tenant={tenant} writable={writable} actions={invite} />
			</Stack>
			<Stack>
				<Invitations tenant={tenant} writable={writable} personal />
			</Stack>
			<InviteDialog tenant={tenant} open={inviting && writable} onOpenChange={setInviting} />
		</Stack>
	);
}
