// SPDX-License-Identifier: Apache-2.0
// stub.mjs: for tests and development only: serves an export with the production headers, and an API that is made up.
// Nothing of it gets into the export. usage: node scripts/stub.mjs [PORT]
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const CSP =
	"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript",
	".css": "text/css",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".json": "application/json",
	".woff2": "font/woff2",
};

const now = () => Math.floor(Date.now() / 1000);
const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const DAY = 86_400;

/** Each is the default of its kind. */
const model = (name, kind, more = {}) => ({
	id: name,
	object: "model",
	created: 0,
	owned_by: "bulkhead",
	bulkhead: {
		kind,
		managed: true,
		default: true,
		alias_of: null,
		context: kind === "chat" ? 32_768 : 512,
		max_output: 0,
		dimensions: 0,
		price: null,
		vision: false,
		...more,
	},
});

function makeState() {
	const key = (n, name, more = {}) => ({
		id: id(n),
		object: "api_key",
		prefix: `bh_sk_${"4k9w2xqm7t"[n % 10]}${n}f`,
		name,
		tenant_id: id(1),
		owner_id: id(2),
		parent_id: null,
		team_id: null,
		scopes: ["chat:write", "files:read", "files:write", "models:read"],
		requests_per_minute: 0,
		concurrency: 0,
		created_by: "ada@example.com",
		created_at: now() - n * 9 * DAY,
		expires_at: now() + 60 * DAY,
		revoked_at: null,
		last_used_at: now() - n * 4000,
		...more,
	});
	return {
		signedIn: true,
		// Whether destructive acts want a fresh proof.
		asksProof: false,
		// What the list of keys answers instead.
		refusal: null,
		session: {
			account: {
				id: id(2),
				email: "ada@example.com",
				name: "Ada Lovelace",
				locale: "en",
				theme: "system",
				time_zone: "UTC",
				shortcuts: true,
			},
			tenant: { id: id(1), name: "Northwind Research", is_platform: true },
			role: "owner",
			scopes: [
				"account:read",
				"account:write",
				"chat:write",
				"files:read",
				"files:write",
				"keys:read",
				"keys:write",
				"models:read",
				"tenants:read",
				"users:read",
				"users:write",
			],
			plan: "business",
			entitlements: [],
			tenants: [
				{ id: id(1), name: "Northwind Research", role: "owner" },
				{ id: id(9), name: "Harbour Logistics", role: "member" },
			],
			created_at: now() - 3600,
			idle_expires_at: now() + 3600,
			expires_at: now() + DAY,
			elevated_until: null,
			mfa: { enabled: false, required: false, verified: false },
			impersonation: null,
		},
		profile: {
			name: "Ada Lovelace",
			locale: "en",
			theme: "system",
			time_zone: "UTC",
			shortcuts: true,
		},
		keys: [
			key(1, "Billing export", { requests_per_minute: 1200 }),
			key(2, "Staging", { expires_at: now() + 3 * DAY }),
			key(3, "Support assistant", { expires_at: null, requests_per_minute: 300 }),
			key(4, "Old notebook", { expires_at: now() - 2 * DAY, last_used_at: now() - 30 * DAY }),
			key(5, "Leaked in July", { revoked_at: now() - 20 * DAY, last_used_at: null }),
		],
		sessions: [
			{
				id: id(31),
				object: "session",
				method: "password",
				client: "Chromium on Linux",
				current: true,
				created_at: now() - 3600,
				last_used_at: now() - 5,
				expires_at: now() + DAY,
			},
			{
				id: id(32),
				object: "session",
				method: "password",
				client: "Safari on iPhone",
				current: false,
				created_at: now() - 3 * DAY,
				last_used_at: now() - 7200,
				expires_at: now() + DAY,
			},
		],
		views: [],
		next: 100,
		key,
	};
}

const list = (data) => ({ object: "list", data, has_more: false });
const fail = (status, code, message, headers = {}) => ({
	status,
	headers,
	body: { error: { message, type: "invalid_request_error", param: null, code } },
});

/** Rows of method, pattern and answer: what is returned is the body, with 200, or {status, body, headers}. */
function routes(state) {
	const withSession = (answer) => (request) =>
		state.signedIn
			? answer(request)
			: fail(401, "invalid_api_key", "The credential is missing, invalid, expired or revoked.");
	return [
		[
			"POST",
			/^\/api\/auth\/session$/,
			({ body }) => {
				if (body.password !== "correct horse battery")
					return fail(401, "invalid_credentials", "The e-mail address or the password is wrong.");
				if (body.email === "two@example.com" && !body.tenant)
					return {
						status: 400,
						body: {
							error: {
								message: "Name the tenant.",
								type: "invalid_request_error",
								param: "tenant",
								code: "tenant_required",
							},
							tenants: state.session.tenants,
						},
					};
				if (body.email === "mfa@example.com" && body.code !== "123456")
					return fail(401, "mfa_required", "A code is required.");
				state.signedIn = true;
				return state.session;
			},
		],
		["GET", /^\/api\/auth\/session$/, withSession(() => state.session)],
		[
			"DELETE",
			/^\/api\/auth\/session$/,
			() => {
				state.signedIn = false;
				return { status: 204 };
			},
		],
		[
			"POST",
			/^\/api\/auth\/session\/switch$/,
			withSession(({ body }) => {
				const target = state.session.tenants.find((each) => each.id === body.tenant);
				if (!target) return fail(404, "not_found", "Object not found.");
				state.session.tenant = {
					id: target.id,
					name: target.name,
					is_platform: target.id === id(1),
				};
				state.session.role = target.role;
				return state.session;
			}),
		],
		[
			"POST",
			/^\/api\/auth\/session\/elevate$/,
			withSession(({ body }) => {
				if (body.password !== "correct horse battery")
					return fail(401, "invalid_credentials", "The password is wrong.");
				state.session.elevated_until = now() + 600;
				return state.session;
			}),
		],
		["POST", /^\/api\/auth\/link$/, () => ({ email: "ada@example.com" })],
		["POST", /^\/api\/auth\/password$/, withSession(() => ({ status: 204 }))],
		["POST", /^\/api\/auth\/password\/reset$/, () => ({ status: 202 })],
		["GET", /^\/api\/auth\/profile$/, withSession(() => state.profile)],
		[
			"PATCH",
			/^\/api\/auth\/profile$/,
			withSession(({ body }) => {
				Object.assign(state.profile, body);
				Object.assign(state.session.account, body);
				return state.profile;
			}),
		],
		[
			"POST",
			/^\/api\/auth\/totp$/,
			withSession(() => ({
				secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
				uri: "otpauth://totp/Bulkhead:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Bulkhead",
			})),
		],
		[
			"POST",
			/^\/api\/auth\/totp\/confirm$/,
			withSession(() => {
				state.session.mfa.enabled = true;
				return {
					recovery_codes: Array.from({ length: 10 }, (_, n) => `k7mq-${1000 + n * 37}-x2vd`),
				};
			}),
		],
		[
			"DELETE",
			/^\/api\/auth\/totp$/,
			withSession(() => {
				state.session.mfa.enabled = false;
				return { status: 204 };
			}),
		],
		[
			"POST",
			/^\/api\/auth\/invitation$/,
			() => ({
				tenant_name: "Northwind Research",
				email: "grace@example.com",
				role: "member",
				has_account: false,
			}),
		],
		[
			"POST",
			/^\/api\/auth\/invitation\/accept$/,
			() => {
				state.signedIn = true;
				return state.session;
			},
		],
		["GET", /^\/api\/auth\/views$/, withSession(() => list(state.views))],
		[
			"POST",
			/^\/api\/auth\/views$/,
			withSession(({ body }) => {
				const made = { id: id(state.next++), object: "saved_view", created_at: now(), ...body };
				state.views.push(made);
				return { status: 201, body: made };
			}),
		],
		[
			"DELETE",
			/^\/api\/auth\/views\/(.+)$/,
			withSession(({ match }) => {
				state.views = state.views.filter((each) => each.id !== match[1]);
				return { status: 204 };
			}),
		],
		["GET", /^\/api\/sessions$/, withSession(() => list(state.sessions))],
		[
			"DELETE",
			/^\/api\/sessions\/(.+)$/,
			withSession(({ match }) => {
				state.sessions = state.sessions.filter((each) => each.id !== match[1]);
				return { status: 204 };
			}),
		],
		[
			"GET",
			/^\/v1\/models$/,
			withSession(() =>
				list([
					model("default", "chat", { alias_of: "qwen2.5-coder-0.5b-instruct" }),
					model("qwen2.5-coder-0.5b-instruct", "chat"),
					model("all-minilm-l6-v2", "embedding", { dimensions: 384 }),
				]),
			),
		],
		["GET", /^\/api\/keys$/, withSession(() => state.refusal ?? list(state.keys))],
		[
			"POST",
			/^\/api\/keys$/,
			withSession(({ body }) => {
				const made = state.key(1, body.name, {
					id: id(state.next++),
					created_at: now(),
					last_used_at: null,
					expires_at: body.expires_at ?? null,
					requests_per_minute: body.requests_per_minute ?? 0,
				});
				state.keys.unshift(made);
				return {
					status: 201,
					body: { ...made, key: "bh_sk_3f9a7c1e5b2d4860_9d0c4b7a6e5f1823aa54c0de77f2b6108c31" },
				};
			}),
		],
		[
			"POST",
			/^\/api\/keys\/(.+)$/,
			withSession(({ match, body }) =>
				Object.assign(state.keys.find((key) => key.id === match[1]) ?? {}, body),
			),
		],
		[
			"DELETE",
			/^\/api\/keys\/(.+)$/,
			withSession(({ match }) => {
				if (state.asksProof && state.session.elevated_until === null)
					return fail(403, "elevation_required", "Prove who you are once more before you do this.");
				const found = state.keys.find((key) => key.id === match[1]);
				if (found) found.revoked_at = now();
				return { status: 204 };
			}),
		],
	];
}

function sendFile(response, path, status = 200) {
	response.writeHead(status, {
		"content-type": TYPES[extname(path)] ?? "application/octet-stream",
		"content-security-policy": CSP,
		"x-content-type-options": "nosniff",
		"cache-control": path.includes("/_next/static/")
			? "public, max-age=31536000, immutable"
			: "no-cache",
	});
	response.end(readFileSync(path));
}

async function readBody(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	const text = Buffer.concat(parts).toString();
	return text === "" ? {} : JSON.parse(text);
}

/** Answers what begins with /api/ or /v1/. `state` may be changed by the caller between requests. */
export function answerApi(state = makeState()) {
	const table = routes(state);
	return async (request, response) => {
		const { pathname } = new URL(request.url, "http://stub");
		const row = table.find(
			([method, pattern]) => method === request.method && pattern.test(pathname),
		);
		const answer = row
			? row[2]({ body: await readBody(request), match: pathname.match(row[1]) })
			: fail(404, "unknown_url", "Unknown URL.");
		const isPlain = typeof answer.status !== "number";
		response.writeHead(isPlain ? 200 : answer.status, {
			"content-type": "application/json",
			"x-request-id": "4bf92f3577b34da6a3ce929d0e0e4736",
			...answer.headers,
		});
		response.end(
			isPlain ? JSON.stringify(answer) : answer.body ? JSON.stringify(answer.body) : undefined,
		);
	};
}

export function makeServer(out = join(root, "out"), state = makeState()) {
	const api = answerApi(state);
	const server = createServer((request, response) => {
		const { pathname } = new URL(request.url, "http://stub");
		if (/^\/(api|v1)\//.test(pathname)) return api(request, response);
		const path = join(out, normalize(decodeURIComponent(pathname)));
		const file = [path, join(path, "index.html")].find(
			(each) => existsSync(each) && statSync(each).isFile(),
		);
		if (file?.startsWith(out)) sendFile(response, file);
		else if (existsSync(join(out, "404.html"))) sendFile(response, join(out, "404.html"), 404);
		else response.writeHead(404).end();
	});
	return { server, state };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const port = Number(process.argv[2] ?? 4100);
	makeServer().server.listen(port, "127.0.0.1", () =>
		console.log(`stub on http://127.0.0.1:${port}`),
	);
}
