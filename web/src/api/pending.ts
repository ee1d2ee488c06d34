// SPDX-License-Identifier: Apache-2.0
// Operations that the console uses and api/openapi.yaml does not describe yet. Goes away row by row.
import type { components } from "./schema.gen";

export interface Session {
	account: {
		id: string;
		email: string;
		name: string;
		locale?: string;
		theme?: string;
		/** "UTC" until somebody chooses. */
		time_zone?: string;
		/** Whether single keys are shortcuts. */
		shortcuts?: boolean;
	};
	tenant: { id: string; name: string; is_platform: boolean };
	role: string;
	scopes: string[];
	plan: string;
	entitlements: string[];
	tenants: { id: string; name: string; role: string }[];
	created_at: number;
	idle_expires_at: number;
	expires_at: number;
	elevated_until: number | null;
	mfa: { enabled: boolean; required: boolean; verified: boolean };
	impersonation: { by: string; reason: string; until: number } | null;
}

export interface Profile {
	name: string;
	locale: string;
	theme: string;
	time_zone: string;
	shortcuts: boolean;
}

/** What is not named stays. */
export interface ProfileChange {
	name?: string;
	locale?: "en" | "de";
	theme?: "system" | "light" | "dark";
	time_zone?: string;
	shortcuts?: boolean;
}

type Operation<Body, Answer, Status extends number = 200> = {
	parameters: { query?: never; header?: never; path?: never; cookie?: never };
	responses: Record<
		Status,
		[Answer] extends [never] ? { content?: never } : { content: { "application/json": Answer } }
	> & {
		default: components["responses"]["Error"];
	};
} & ([Body] extends [never]
	? { requestBody?: never }
	: { requestBody: { content: { "application/json": Body } } });

type Empty = never;

export interface paths {
	"/api/auth/session": {
		get: Operation<never, Session>;
		post: Operation<{ email: string; password: string; tenant?: string; code?: string }, Session>;
		delete: Operation<never, Empty, 204>;
	};
	"/api/auth/session/switch": { post: Operation<{ tenant: string }, Session> };
	"/api/auth/session/elevate": { post: Operation<{ password?: string; code?: string }, Session> };
	"/api/auth/totp": {
		post: Operation<never, { secret: string; uri: string }>;
		delete: Operation<never, Empty, 204>;
	};
	"/api/auth/totp/confirm": { post: Operation<{ code: string }, { recovery_codes: string[] }> };
	"/api/auth/totp/recovery-codes": { post: Operation<never, { recovery_codes: string[] }> };
	"/api/auth/password": { post: Operation<{ current: string; new: string }, Empty, 204> };
	"/api/auth/password/reset": { post: Operation<{ email: string }, Empty, 202> };
	"/api/auth/profile": {
		get: Operation<never, Profile>;
		patch: Operation<ProfileChange, Profile>;
	};
	"/api/auth/invitation": {
		post: Operation<
			{ token: string },
			{ tenant_name: string; email: string; role: string; has_account: boolean }
		>;
	};
	"/api/auth/invitation/accept": {
		post: Operation<{ token: string; password: string; name?: string; code?: string }, Session>;
	};
}
