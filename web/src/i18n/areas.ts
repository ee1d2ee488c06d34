// SPDX-License-Identifier: Apache-2.0
// The messages of each area, loaded when one of its pages is. A new area adds one row.
export const areas = {
	account: {
		en: () => import("@/areas/account/en.json"),
		de: () => import("@/areas/account/de.json"),
	},
	audit: { en: () => import("@/areas/audit/en.json"), de: () => import("@/areas/audit/de.json") },
	billing: {
		en: () => import("@/areas/billing/en.json"),
		de: () => import("@/areas/billing/de.json"),
	},
	chat: { en: () => import("@/areas/chat/en.json"), de: () => import("@/areas/chat/de.json") },
	documents: {
		en: () => import("@/areas/documents/en.json"),
		de: () => import("@/areas/documents/de.json"),
	},
	finetune: {
		en: () => import("@/areas/finetune/en.json"),
		de: () => import("@/areas/finetune/de.json"),
	},
	home: { en: () => import("@/areas/home/en.json"), de: () => import("@/areas/home/de.json") },
	images: {
		en: () => import("@/areas/images/en.json"),
		de: () => import("@/areas/images/de.json"),
	},
	keys: { en: () => import("@/areas/keys/en.json"), de: () => import("@/areas/keys/de.json") },
	members: {
		en: () => import("@/areas/members/en.json"),
		de: () => import("@/areas/members/de.json"),
	},
	models: {
		en: () => import("@/areas/models/en.json"),
		de: () => import("@/areas/models/de.json"),
	},
	oversight: {
		en: () => import("@/areas/oversight/en.json"),
		de: () => import("@/areas/oversight/de.json"),
	},
	plans: { en: () => import("@/areas/plans/en.json"), de: () => import("@/areas/plans/de.json") },
	settings: {
		en: () => import("@/areas/settings/en.json"),
		de: () => import("@/areas/settings/de.json"),
	},
	speech: {
		en: () => import("@/areas/speech/en.json"),
		de: () => import("@/areas/speech/de.json"),
	},
	teams: { en: () => import("@/areas/teams/en.json"), de: () => import("@/areas/teams/de.json") },
	tenants: {
		en: () => import("@/areas/tenants/en.json"),
		de: () => import("@/areas/tenants/de.json"),
	},
	upstreams: {
		en: () => import("@/areas/upstreams/en.json"),
		de: () => import("@/areas/upstreams/de.json"),
	},
	usage: { en: () => import("@/areas/usage/en.json"), de: () => import("@/areas/usage/de.json") },
};

export type AreaName = keyof typeof areas;

type Loaded<A extends AreaName> = Awaited<ReturnType<(typeof areas)[A]["en"]>>["default"];

/** Types of all keys, for useTranslations. */
export type AreaMessages = { [A in AreaName]: Loaded<A> };
