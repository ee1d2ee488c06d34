// SPDX-License-Identifier: Apache-2.0
// What the palette can do besides going to pages. A new action adds one row; it is an address, so that it is a link too.
import type en from "./en.json";
import type { Portal } from "./pages";

export interface PaletteAction {
	id: string;
	/** Key of the messages "actions". */
	label: keyof (typeof en)["actions"];
	/** The page reads `do` with useDo and opens its dialog. */
	href: string;
	scope?: string;
	portal: Portal;
}

export const actions: PaletteAction[] = [
	{ id: "chat.new", label: "newChat", href: "/chat/", scope: "responses:write", portal: "tenant" },
	{
		id: "key.create",
		label: "createKey",
		href: "/keys/?do=create",
		scope: "keys:write",
		portal: "tenant",
	},
	{
		id: "store.create",
		label: "createStore",
		href: "/documents/?do=create",
		scope: "vector_stores:write",
		portal: "tenant",
	},
	{
		id: "store.import",
		label: "importStore",
		href: "/documents/?do=import",
		scope: "vector_stores:write",
		portal: "tenant",
	},
	{
		id: "image.create",
		label: "createImage",
		href: "/images/?do=create",
		scope: "images:write",
		portal: "tenant",
	},
	{
		id: "speech.transcribe",
		label: "transcribe",
		href: "/speech/",
		scope: "audio:write",
		portal: "tenant",
	},
	{
		id: "finetune.create",
		label: "createTuning",
		href: "/fine-tuning/?do=create",
		scope: "finetune:write",
		portal: "tenant",
	},
	{
		id: "member.invite",
		label: "invite",
		href: "/members/?do=invite",
		scope: "users:write",
		portal: "tenant",
	},
	{
		id: "team.create",
		label: "createTeam",
		href: "/teams/?do=create",
		scope: "teams:write",
		portal: "tenant",
	},
	{
		id: "account.password",
		label: "changePassword",
		href: "/account/?do=password",
		portal: "tenant",
	},
	{
		id: "tenant.create",
		label: "createTenant",
		href: "/platform/tenants/?do=create",
		scope: "tenants:write",
		portal: "platform",
	},
	{
		id: "plan.create",
		label: "createPlan",
		href: "/platform/plans/?do=create",
		scope: "tenants:write",
		portal: "platform",
	},
	{
		id: "model.add",
		label: "addModel",
		href: "/platform/models/?do=model",
		scope: "tenants:write",
		portal: "platform",
	},
];
