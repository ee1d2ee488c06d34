// SPDX-License-Identifier: Apache-2.0
// The pages of both portals, in the order of the menu. A new page adds one row.
import {
	Activity,
	AudioLines,
	Boxes,
	Building2,
	ChartColumn,
	Cpu,
	Files,
	Images,
	KeyRound,
	LayoutDashboard,
	type LucideIcon,
	Mail,
	MessageSquare,
	ReceiptText,
	ScrollText,
	Settings,
	SlidersHorizontal,
	Tags,
	UserRound,
	UserSearch,
	UsersRound,
} from "lucide-react";
import type en from "./en.json";

export type Portal = "tenant" | "platform";

export interface PageEntry {
	href: string;
	/** Key of the messages "shell". */
	label: keyof (typeof en)["shell"];
	icon: LucideIcon;
	/** Shown to sessions that have it; without one, to everybody. */
	scope?: string;
	group: "use" | "build" | "manage";
	/** The letter after `g`. */
	jump?: string;
}

export const pages: Record<Portal, PageEntry[]> = {
	tenant: [
		{ href: "/", label: "overview", icon: LayoutDashboard, group: "use", jump: "o" },
		{
			href: "/chat/",
			label: "chat",
			icon: MessageSquare,
			group: "use",
			scope: "responses:read",
			jump: "c",
		},
		{
			href: "/documents/",
			label: "documents",
			icon: Files,
			group: "use",
			scope: "vector_stores:read",
			jump: "d",
		},
		{
			href: "/images/",
			label: "images",
			icon: Images,
			group: "use",
			scope: "images:read",
			jump: "i",
		},
		{
			href: "/speech/",
			label: "speech",
			icon: AudioLines,
			group: "use",
			scope: "audio:write",
			jump: "v",
		},
		{
			href: "/models/",
			label: "models",
			icon: Boxes,
			group: "build",
			scope: "models:read",
			jump: "m",
		},
		{
			href: "/fine-tuning/",
			label: "fineTuning",
			icon: SlidersHorizontal,
			group: "build",
			scope: "finetune:read",
			jump: "f",
		},
		{
			href: "/keys/",
			label: "keys",
			icon: KeyRound,
			group: "build",
			scope: "keys:read",
			jump: "k",
		},
		{
			href: "/members/",
			label: "members",
			icon: UserRound,
			group: "manage",
			scope: "users:read",
			jump: "p",
		},
		{
			href: "/teams/",
			label: "teams",
			icon: UsersRound,
			group: "manage",
			scope: "teams:read",
			jump: "t",
		},
		{
			href: "/usage/",
			label: "usage",
			icon: ChartColumn,
			group: "manage",
			scope: "usage:own",
			jump: "u",
		},
		{
			href: "/billing/",
			label: "billing",
			icon: ReceiptText,
			group: "manage",
			scope: "billing:read",
			jump: "b",
		},
		{
			href: "/audit/",
			label: "audit",
			icon: ScrollText,
			group: "manage",
			scope: "audit:read",
			jump: "l",
		},
		{
			href: "/settings/",
			label: "settings",
			icon: Settings,
			group: "manage",
			scope: "settings:read",
			jump: "s",
		},
	],
	platform: [
		{
			href: "/platform/",
			label: "platformOverview",
			icon: LayoutDashboard,
			group: "use",
			jump: "o",
		},
		{
			href: "/platform/tenants/",
			label: "platformTenants",
			icon: Building2,
			group: "use",
			scope: "tenants:read",
			jump: "t",
		},
		{
			href: "/platform/accounts/",
			label: "platformAccounts",
			icon: UserSearch,
			group: "use",
			scope: "tenants:read",
			jump: "p",
		},
		{
			href: "/platform/models/",
			label: "platformModels",
			icon: Cpu,
			group: "build",
			scope: "tenants:read",
			jump: "m",
		},
		{
			href: "/platform/plans/",
			label: "platformPlans",
			icon: Tags,
			group: "build",
			scope: "tenants:read",
			jump: "b",
		},
		{
			href: "/platform/invoices/",
			label: "platformInvoices",
			icon: ReceiptText,
			group: "manage",
			scope: "tenants:read",
			jump: "i",
		},
		{
			href: "/platform/mail/",
			label: "platformMail",
			icon: Mail,
			group: "manage",
			scope: "platform:read",
			jump: "e",
		},
		{
			href: "/platform/health/",
			label: "platformHealth",
			icon: Activity,
			group: "manage",
			scope: "platform:read",
			jump: "h",
		},
		{
			href: "/platform/audit/",
			label: "platformAudit",
			icon: ScrollText,
			group: "manage",
			scope: "tenants:read",
			jump: "l",
		},
		{
			href: "/platform/settings/",
			label: "platformSettings",
			icon: Settings,
			group: "manage",
			scope: "platform:read",
			jump: "s",
		},
	],
};
