// SPDX-License-Identifier: Apache-2.0
// The API's client: typed by api/openapi.yaml, authenticated by the cookie, failing with ApiError only.
import createClient, { type Middleware } from "openapi-fetch";
import { CONSOLE_HEADER } from "./console-header";
import { errorOf, toApiError } from "./errors";
import type { paths } from "./schema.gen";
import { noteServerClock } from "./server-clock";

/** Tells of each answer that is about the session itself, so that there is one place for it: "session" when it has ended, "rights" when it may not do something. */
export const refused = new EventTarget();

const failing: Middleware = {
	async onResponse({ response }) {
		noteServerClock(response.headers.get("date"));
		if (response.ok) return undefined;
		const body: unknown = await response.json().catch(() => null);
		const error = errorOf(response, body);
		if (error.status === 401 && !new URL(response.url).pathname.startsWith("/api/auth/"))
			refused.dispatchEvent(new Event("session"));
		if (error.code === "insufficient_permissions") refused.dispatchEvent(new Event("rights"));
		throw error;
	},
	onError: ({ error }) => {
		throw toApiError(error);
	},
};

/** Pending while this page is being left for that of another session. */
let held: Promise<void> | null = null;

const holding: Middleware = {
	async onRequest({ request }) {
		if (request.method === "GET") await held;
		return undefined;
	},
};

export const api = createClient<paths>({ baseUrl: "", headers: CONSOLE_HEADER });
api.use(holding, failing);

/**
 * Leaves for `address` after an act by which the session becomes another or ends. From its start this page asks
 * nothing more: it would ask about one organisation with the session of another. Where the act fails, it goes on.
 */
export async function leaveFor(address: string, act?: () => Promise<unknown>): Promise<void> {
	let release = () => {};
	held = new Promise((resolve) => {
		release = () => {
			held = null;
			resolve();
		};
	});
	try {
		await act?.();
	} catch (error) {
		release();
		throw error;
	}
	// A browser may keep this page as it is for the way back.
	addEventListener("pageshow", () => release(), { once: true });
	location.assign(address);
}

/** The data of a call that did not throw: `await data(api.GET("/api/keys"))`. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
	return (await call).data as T;
}
