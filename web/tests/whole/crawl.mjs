// SPDX-License-Identifier: Apache-2.0
// crawl.mjs: every page with the demonstration's data: both themes, and a phone. What opens above it is
// opened by tests/browser/overlays.test.mjs.
import assert from "node:assert/strict";
import { checkThemes, fits } from "../browser/watch.mjs";
import { PASSWORD, signIn } from "./steps.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const LOOKS = [
	{ name: "in a window", context: {} },
	{ name: "on a phone", context: PHONE },
];

const PORTALS = {
	organisation: {
		who: ({ demo }) => demo,
		paths: [
			"/",
			"/chat/",
			"/documents/",
			"/images/",
			"/images/?do=create",
			"/speech/",
			"/models/",
			"/fine-tuning/",
			"/fine-tuning/?do=create",
			"/keys/",
			"/keys/?do=create",
			"/members/",
			"/members/?do=invite",
			"/teams/",
			"/usage/",
			"/billing/",
			"/audit/",
			"/settings/",
			"/account/",
		],
	},
	platform: {
		// Whose password the first test of the journey has set.
		who: () => ({ email: "admin@bulkhead.local", password: PASSWORD }),
		needs: ["/platform/tenants/"],
		paths: [
			"/platform/",
			"/platform/tenants/",
			"/platform/tenants/?do=create",
			"/platform/accounts/",
			"/platform/models/",
			"/platform/plans/",
			"/platform/health/",
			"/platform/audit/",
			"/platform/settings/",
		],
	},
};

/** Nothing is on its way any more; streams that never end are not waited for. */
async function settled(page) {
	// By its element: behind a dialog the page is hidden from roles.
	await page.locator("h1").first().waitFor();
	await page.waitForLoadState("networkidle");
	await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
}

async function look(page, path) {
	await page.goto(path);
	await settled(page);
	await fits(page);
	try {
		await checkThemes(page);
	} catch (error) {
		throw new Error(`${path}: ${error.message}`);
	}
}

export const tests = Object.entries(PORTALS).flatMap(([portal, { who, paths, needs }]) =>
	LOOKS.map(({ name, context }) => ({
		name: `every page of the ${portal} ${name} is accessible in both themes, within the policy, and fits`,
		needs,
		// How the API says that an organisation has no plan.
		allows: [/^404: \/api\/billing\/subscription$/],
		run: async ({ open, whole, has }) => {
			const { page } = await open(context);
			const { email, password } = who(whole);
			await signIn(page, email, password);
			const wrong = [];
			for (const path of paths) {
				if (!(await has(path.split("?")[0]))) continue;
				await look(page, path).catch((error) => wrong.push(error.message));
			}
			assert.deepEqual(wrong, []);
		},
	})),
);
