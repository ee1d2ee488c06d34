// SPDX-License-Identifier: Apache-2.0
// The reader's own views of a list: its filter, as the address has it, under a name.
"use client";
import { Bookmark, Plus, Trash2 } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useSession } from "@/session/session";
import { Button } from "@/ui/button";
import { lazyDialog } from "@/ui/lazy-dialog";
import { Menu, type MenuGroup } from "@/ui/menu";
import { useToast } from "@/ui/toast";
import { useDeleteView, useViews, viewQuery } from "./view-queries";

const ViewDialog = lazyDialog(
	() => import("./view-dialog").then((module) => module.ViewDialog),
	(props) => props.open,
);

export function SavedViews() {
	const t = useTranslations("shell");
	const { session, can } = useSession();
	const toast = useToast();
	const router = useRouter();
	const page = usePathname();
	const query = viewQuery(useSearchParams().toString());
	const [saving, setSaving] = useState(false);
	// Views are a person's own: who acts for somebody else has none here.
	const own = can("account:write") && session.impersonation === null;
	const views = useViews(page, own);
	const remove = useDeleteView();
	if (!own) return null;
	const known = views.data?.data ?? [];
	const current = known.find((view) => viewQuery(view.query) === query);
	const groups: MenuGroup[] = [];
	if (known.length > 0)
		groups.push({
			label: t("views"),
			items: known.map((view) => ({
				label: <bdi>{view.name}</bdi>,
				checked: view === current,
				onSelect: () => router.push(view.query === "" ? page : `${page}?${view.query}`),
			})),
		});
	groups.push({
		items: [
			current
				? {
						label: t("viewDelete", { name: current.name }),
						icon: <Trash2 size={14} aria-hidden />,
						danger: true,
						onSelect: () =>
							remove.mutate(current.id, {
								onSuccess: () => toast(t("viewDeleted", { name: current.name })),
								onError: (error) => toast(toApiError(error).message, { error: true }),
							}),
					}
				: {
						label: t("viewSave"),
						icon: <Plus size={14} aria-hidden />,
						onSelect: () => setSaving(true),
					},
		],
	});
	return (
		<>
			<Menu
				align="start"
				trigger={
					<Button icon={<Bookmark size={16} aria-hidden />}>
						{current ? <bdi>{current.name}</bdi> : t("views")}
					</Button>
				}
				groups={groups}
			/>
			<ViewDialog open={saving} onOpenChange={setSaving} page={page} query={query} />
		</>
	);
}
