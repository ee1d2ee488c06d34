// SPDX-License-Identifier: Apache-2.0
// pages.mjs: what is kept as a picture, and how one looks at it.

export const LOOKS = [
	{ name: "light-1280", theme: "light", viewport: { width: 1280, height: 800 } },
	{ name: "dark-1280", theme: "dark", viewport: { width: 1280, height: 800 } },
	{
		name: "light-390",
		theme: "light",
		viewport: { width: 390, height: 844 },
		isMobile: true,
		hasTouch: true,
	},
];

/** Of each set: whose session answers, and its pages by the names of their pictures. */
export const SETS = [
	{
		who: "nobody",
		pages: {
			"sign-in": "/sign-in/",
			setup: "/setup/#bh_ot_made_up",
			reset: "/reset/#made-up",
			invite: "/invite/#made-up",
			404: "/nowhere/",
			docs: "/docs/",
			"docs-operation": "/docs/response-create/",
		},
	},
	{
		who: "owner",
		pages: {
			overview: "/",
			chat: "/chat/",
			"chat-answer": "/chat/?id={chat}",
			documents: "/documents/",
			collection: "/documents/?id={store}",
			images: "/images/",
			picture: "/images/?id={picture}",
			speech: "/speech/",
			models: "/models/",
			keys: "/keys/",
			members: "/members/",
			teams: "/teams/",
			usage: "/usage/",
			billing: "/billing/",
			audit: "/audit/",
			settings: "/settings/",
			account: "/account/",
		},
	},
	{
		who: "staff",
		pages: {
			"platform-overview": "/platform/",
			"platform-tenants": "/platform/tenants/",
			"platform-tenant": "/platform/tenants/?id={tenant}",
			"platform-accounts": "/platform/accounts/",
			"platform-models": "/platform/models/",
			"platform-plans": "/platform/plans/",
			"platform-invoices": "/platform/invoices/",
			"platform-mail": "/platform/mail/",
			"platform-health": "/platform/health/",
			"platform-audit": "/platform/audit/",
			"platform-settings": "/platform/settings/",
		},
	},
];

/** Pairs of name and path; `ids` stand for what only the record knows. */
export const pathsOf = ({ pages }, ids) =>
	Object.entries(pages).map(([name, path]) => [
		name,
		path.replace(/\{(\w+)\}/, (_, id) => ids[id]),
	]);

/** What a browser is opened with to look at pages so. */
export function contextOf({ theme, name, ...look }) {
	return {
		...look,
		colorScheme: theme,
		reducedMotion: "reduce",
		locale: "en-GB",
		timezoneId: "Europe/Berlin",
	};
}

/** The page is there, and nothing on it is on its way; streams that never end are not waited for. */
export async function settle(page) {
	await page.locator("h1").first().waitFor();
	await page.waitForLoadState("networkidle");
	await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
	await page.evaluate(() => document.fonts.ready);
	// Pictures that are in view.
	await page.waitForFunction(() =>
		[...document.images].every(
			(each) => each.complete || each.getBoundingClientRect().top > innerHeight,
		),
	);
}
