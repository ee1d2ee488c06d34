/* SPDX-License-Identifier: Apache-2.0 */
/* http_exchange.c: the gateway asks what a credential is worth; the answer is in headers. */
#include "auth/routes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/auth.h"
#include "auth/console.h"
#include "auth/key.h"
#include "auth/signing.h"
#include "auth/store_account.h"
#include "auth/store_cors.h"
#include "auth/store_key.h"
#include "auth/store_limit.h"
#include "auth/store_revocation.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "base/text.h"
#include "sec/credential.h"
#include "service/request.h"

/* How long the gateway may go on refusing without asking. What is unknown stays unknown; what is
 * suspended may be resumed at any moment. */
enum { REFUSED_TTL_S = 10, SUSPENDED_TTL_S = 1, IMPERSONATED_TTL_S = 1 };

/* last_used_at is kept to the minute: one write a minute for a busy key. */
enum { USED_EVERY_MS = 60 * 1000 };

struct answer {
	const char *token;
	struct bh_uuid tenant, credential;
	bool known;                 /* the credential is the tenant's, though it may not work now */
	struct bh_uuid limit_owner; /* in whose bucket the key's limits are counted */
	const char *kind;           /* "key" or "session" */
	const char *subject, *scope, *role, *plan, *origins;
	int64_t expires_s; /* of the token */
	int64_t ends_s;    /* of the credential itself; 0: never */
	int64_t most_s;    /* how long the gateway may use the answer; 0: as long as any */
	int64_t tenant_rpm, tenant_concurrency, key_rpm, key_concurrency;
};

static void
header_uuid(struct bh_request *req, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_reply_header(req, name, text);
}

static int
reply_answer(struct bh_request *req, const struct answer *answer, int64_t now_s)
{
	const struct auth *auth = req->service;
	bool ends_first = answer->ends_s != 0 && answer->ends_s < answer->expires_s;
	int64_t left_s = ends_first && answer->ends_s <= now_s
		? 1
		: (ends_first ? answer->ends_s : answer->expires_s) - now_s;

	if (left_s > auth->conf.exchange_ttl_s)
		left_s = auth->conf.exchange_ttl_s;
	if (answer->most_s != 0 && left_s > answer->most_s)
		left_s = answer->most_s;
	bh_audit_uuid(&req->audit, "target_credential", &answer->credential);
	bh_reply_header(req, "x-bulkhead-token", answer->token);
	header_uuid(req, "x-bulkhead-tenant", &answer->tenant);
	bh_reply_header(req, "x-bulkhead-subject", answer->subject);
	header_uuid(req, "x-bulkhead-credential", &answer->credential);
	bh_reply_header(req, "x-bulkhead-credential-kind", answer->kind);
	bh_reply_header(req, "x-bulkhead-scope", answer->scope);
	bh_reply_header(req, "x-bulkhead-plan", answer->plan);
	bh_reply_header(req, "x-bulkhead-role", answer->role);
	if (answer->origins[0] != '\0')
		bh_reply_header(req, "x-bulkhead-origins", answer->origins);
	bh_reply_header_int(req, "x-bulkhead-expires", answer->expires_s);
	bh_reply_header_int(req, "x-bulkhead-ttl", left_s);
	bh_reply_header_int(req, "x-bulkhead-limit-tenant-rpm", answer->tenant_rpm);
	bh_reply_header_int(req, "x-bulkhead-limit-tenant-concurrency", answer->tenant_concurrency);
	header_uuid(req, "x-bulkhead-limit-owner", &answer->limit_owner);
	bh_reply_header_int(req, "x-bulkhead-limit-key-rpm", answer->key_rpm);
	bh_reply_header_int(req, "x-bulkhead-limit-key-concurrency", answer->key_concurrency);
	return bh_reply_empty(req, 200);
}

/* The token that the answer passes on. */
BH_MUST_CHECK static int
mint(struct bh_request *req, const struct auth_grant *grant, int64_t now_ms, struct answer *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf token = {0};
	const struct auth *auth = req->service;
	int rc = auth_signer_mint(auth->signer, grant, now_ms / 1000, &token, &out->expires_s);

	if (rc == 0)
		out->token = bh_arena_copy(req->arena, token.data, token.len);
	return rc;
}

/* ---- API keys ---- */

static bool
key_is(const struct auth_key_standing *key, const struct bh_credential *credential)
{
	return key->hash.len == sizeof(credential->hash.bytes) &&
		bh_bytes_equal(key->hash.data, credential->hash.bytes, key->hash.len);
}

/* Whether a key that was found works now. */
BH_MUST_CHECK static int
key_check(const struct auth_key_standing *key, const struct bh_credential *credential,
	int64_t now_ms)
{
	if (!key_is(key, credential) || strcmp(key->tenant_state, AUTH_TENANT_DELETING) == 0)
		return bh_error(BH_E_UNAUTHENTICATED, "Unknown API key.");
	if (key->revoked_ms != 0)
		return bh_error(BH_E_UNAUTHENTICATED, "The API key was revoked.");
	if (key->expires_ms != 0 && key->expires_ms <= now_ms)
		return bh_error(BH_E_UNAUTHENTICATED, "The API key has expired.");
	if (strcmp(key->tenant_state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The tenant is suspended.");
	if (key->owner_state != NULL && strcmp(key->owner_state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The key's owner is disabled.");
	return 0;
}

/* A person who is disabled everywhere has no keys; the platform knows, not the tenant. */
BH_MUST_CHECK static int
owner_check(struct bh_db *db, const struct bh_uuid *owner)
{
	struct auth_account account = {0};
	int rc = auth_store_account_get(db, owner, &account);

	if (rc == 0 && strcmp(account.state, "active") != 0)
		rc = bh_error(BH_E_SUSPENDED, "The key's owner is disabled.");
	return rc;
}

/* The key's row; the revocation sequence is read before it (store_revocation.h says why). */
BH_MUST_CHECK static int
key_find(struct bh_request *req, const struct bh_credential *credential, int64_t now_ms,
	struct auth_key_standing *out, int64_t *out_version)
{
	struct bh_db own = auth_in_tenant(req->db, &credential->tenant);
	bool found = false;
	int rc = auth_store_revocation_seq(req->db, out_version);

	if (rc == 0)
		rc = auth_store_key_standing(&own, &credential->tenant, &credential->row, out, &found);
	if (rc == 0 && !found)
		rc = bh_error(BH_E_UNAUTHENTICATED, "Unknown API key.");
	if (rc == 0)
		rc = key_check(out, credential, now_ms);
	if (rc == 0 && !bh_uuid_is_zero(&out->owner))
		rc = owner_check(req->db, &out->owner);
	if (rc < 0)
		return rc;
	if (now_ms - out->last_used_ms >= USED_EVERY_MS)
		rc = auth_store_key_used(&own, &credential->tenant, &credential->row, now_ms);
	return rc;
}

/* A token for the key: as its owner, never with more than the owner's role, or by itself, never with more
 * than its tenant can have. */
BH_MUST_CHECK static int
key_mint(struct bh_request *req, const struct bh_credential *credential,
	const struct auth_key_standing *key, const struct auth_key_bounds *bounds, int64_t version,
	int64_t now_ms, struct answer *out)
{
	struct auth *auth = req->service;
	bool owned = key->owner_role != NULL;
	char subject[BH_UUID_TEXT];
	struct auth_grant grant = {
		.tenant = credential->tenant,
		.session = credential->row,
		.team = key->team,
		.subject = subject,
		.client = "api_key",
		.actor = "",
		.audience = auth->audience,
		.version = version,
	};
	struct bh_db own = auth_in_tenant(req->db, &credential->tenant);
	int rc;

	rc = auth_store_plan_get(&own, &credential->tenant, &grant.plan);
	if (rc < 0)
		return rc;
	bh_uuid_format(owned ? &key->owner : &credential->row, subject);
	grant.scope = auth_scopes_both(req->arena, key->scopes,
		owned ? auth_role_scopes(&auth->roles, key->owner_role)
			  : auth_scopes_most(&auth->roles, &credential->tenant));
	grant.role = owned ? key->owner_role : auth_role_for(&auth->roles, grant.scope);
	if (grant.role == NULL)
		return bh_error(BH_E_INTERNAL, "an API key has scopes that do not fit any role");
	*out = (struct answer){
		.tenant = credential->tenant,
		.credential = credential->row,
		.limit_owner = bounds->owner,
		.kind = "key",
		.subject = bh_arena_strdup(req->arena, subject),
		.scope = grant.scope,
		.role = grant.role,
		.plan = grant.plan.name != NULL ? grant.plan.name : "default",
		.origins = key->origins,
		.tenant_rpm = key->tenant_rpm,
		.tenant_concurrency = key->tenant_concurrency,
		.ends_s = key->expires_ms / 1000,
		.key_rpm = bounds->requests_per_minute,
		.key_concurrency = bounds->concurrency,
	};
	return mint(req, &grant, now_ms, out);
}

BH_MUST_CHECK static int
exchange_key(struct bh_request *req, const char *text, int64_t now_ms, struct answer *out)
{
	struct bh_credential credential = {0};
	struct auth_key_standing key = {0};
	struct auth_key_bounds bounds;
	struct bh_db own;
	int64_t version = 0;
	int rc;

	if (bh_credential_parse(text, &credential) < 0 || credential.kind != BH_CREDENTIAL_KEY)
		return bh_error(BH_E_UNAUTHENTICATED, "Unknown API key.");
	out->tenant = credential.tenant;
	rc = key_find(req, &credential, now_ms, &key, &version);
	out->known = key_is(&key, &credential);
	if (rc < 0)
		return rc;
	bounds = (struct auth_key_bounds){credential.row, key.key_rpm, key.key_concurrency,
		key.expires_ms};
	own = auth_in_tenant(req->db, &credential.tenant);
	if (!bh_uuid_is_zero(&key.parent))
		rc = auth_key_bounds(&own, &credential.tenant, &credential.row, &bounds);
	return rc < 0 ? rc : key_mint(req, &credential, &key, &bounds, version, now_ms, out);
}

/* ---- console sessions ---- */

/* A token for what the session may do now. It ends with the session, and is used so briefly that the last
 * use is known to the minute, and the end of an impersonation to the second. */
BH_MUST_CHECK static int
console_mint(struct bh_request *req, const struct auth_console *console, int64_t version,
	int64_t now_ms, struct answer *out)
{
	struct auth *auth = req->service;
	const struct auth_console_row *row = &console->row;
	struct bh_db own = auth_in_tenant(req->db, &console->tenant);
	char subject[BH_UUID_TEXT];
	struct auth_grant grant = {
		.tenant = console->tenant,
		.session = row->id,
		.subject = subject,
		.impersonator = console->impersonation.staff,
		.elevated_s = console->elevated_until_ms / 1000,
		.ends_s = console->idle_expires_ms / 1000,
		.client = BH_CLIENT_CONSOLE,
		.actor = "",
		.role = row->role,
		.scope = console->scope,
		.audience = auth->audience,
		.version = version,
	};
	int rc = auth_store_plan_get(&own, &console->tenant, &grant.plan);

	if (rc < 0)
		return rc;
	bh_uuid_format(&row->account, subject);
	*out = (struct answer){
		.tenant = console->tenant,
		.credential = row->id,
		.limit_owner = row->id,
		.known = true,
		.kind = "session",
		.subject = bh_arena_strdup(req->arena, subject),
		.scope = grant.scope,
		.role = grant.role,
		.plan = grant.plan.name != NULL ? grant.plan.name : "default",
		.origins = row->origins,
		.ends_s = grant.ends_s,
		.most_s = console->impersonated ? IMPERSONATED_TTL_S : AUTH_CONSOLE_USED_MS / 1000,
		.tenant_rpm = row->tenant_rpm,
		.tenant_concurrency = row->tenant_concurrency,
	};
	return mint(req, &grant, now_ms, out);
}

BH_MUST_CHECK static int
exchange_console(struct bh_request *req, const char *text, int64_t now_ms, struct answer *out)
{
	struct bh_credential cookie = {0};
	struct auth_console console = {0};
	int64_t version = 0;
	int rc;

	if (bh_credential_parse(text, &cookie) < 0 || cookie.kind != BH_CREDENTIAL_CONSOLE)
		return bh_error(BH_E_UNAUTHENTICATED, "Unknown session.");
	out->tenant = cookie.tenant;
	rc = auth_store_revocation_seq(req->db, &version);
	if (rc == 0)
		rc = auth_console_find(req->service, req->db, &cookie, now_ms, &console, &out->known);
	/* Its last second is no time for a token. */
	if (rc == 0 && console.idle_expires_ms / 1000 <= now_ms / 1000 + 1)
		rc = bh_error(BH_E_UNAUTHENTICATED, "The session has ended.");
	return rc < 0 ? rc : console_mint(req, &console, version, now_ms, out);
}

/* ---- access tokens ---- */

/* A token is passed on as it is: the check here is the one that every service makes. */
BH_MUST_CHECK static int
exchange_token(struct bh_request *req, const char *text, int64_t now_ms, struct answer *out)
{
	struct auth_limit limit = {0};
	const char *origins = "";
	struct bh_claims claims;
	struct bh_db own;
	const char *state = NULL;
	bool unknown;
	int rc = bh_token_check(bh_runtime_checker(req->runtime), text, strlen(text), now_ms / 1000,
		bh_clock_steady_ms(), &claims, &unknown);

	if (rc == BH_E_UNAUTHENTICATED)
		return bh_error(rc, "The access token is invalid, expired or revoked.");
	if (rc < 0)
		return rc;
	/* Service and operator tokens are for our own sockets; the front door does not know them. */
	if (bh_uuid_is_zero(&claims.subject))
		return bh_error(BH_E_UNAUTHENTICATED, "The access token is invalid, expired or revoked.");
	out->tenant = claims.tenant;
	own = auth_in_tenant(req->db, &claims.tenant);
	own.payer = claims.tenant; /* no stranger any more */
	rc = auth_store_tenant_state(&own, &claims.tenant, &state);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && strcmp(state, AUTH_TENANT_DELETING) == 0))
		return bh_error(BH_E_UNAUTHENTICATED, "The access token is invalid, expired or revoked.");
	if (rc == 0 && strcmp(state, "active") != 0)
		rc = bh_error(BH_E_SUSPENDED, "The tenant is suspended.");
	if (rc == 0)
		rc = auth_store_limit_get(&own, &claims.tenant, &limit);
	if (rc == 0)
		rc = auth_store_cors_get(&own, &claims.tenant, &origins);
	if (rc == 0)
		*out = (struct answer){
			.token = text,
			.tenant = claims.tenant,
			.credential = bh_uuid_is_zero(&claims.session) ? claims.token : claims.session,
			.limit_owner = bh_uuid_is_zero(&claims.session) ? claims.token : claims.session,
			.kind = strcmp(claims.client, "api_key") == 0 ? "key" : "session",
			.subject = bh_arena_strdup(req->arena, claims.subject_text),
			.scope = bh_arena_strdup(req->arena, claims.scope),
			.role = bh_arena_strdup(req->arena, claims.role),
			.plan = bh_arena_strdup(req->arena, claims.plan),
			.origins = origins,
			.expires_s = claims.expires_s,
			.tenant_rpm = limit.requests_per_minute,
			.tenant_concurrency = limit.concurrency,
		};
	return rc;
}

/* The tenant's own limit, below what the platform allows each. */
static int64_t
concurrency_of(const struct auth *auth, int64_t own)
{
	int64_t most = auth->conf.tenant_concurrency;

	return own == 0 || (most > 0 && most < own) ? most : own;
}

/* GET /internal/exchange: for the gateway, on a credential its cache does not have. */
int
auth_http_exchange(struct bh_request *req)
{
	const char *text = bh_http_header(req->http, "authorization");
	int64_t now_ms = bh_clock_wall_ms();
	struct answer answer = {0};
	int rc;

	if (text == NULL || strncasecmp(text, "bearer ", 7) != 0)
		rc = bh_error(BH_E_UNAUTHENTICATED,
			"No credential was sent; expected 'Authorization: Bearer ...'.");
	else if (bh_text_starts(text + 7, "bh_ct_"))
		rc = exchange_console(req, text + 7, now_ms, &answer);
	else if (bh_text_starts(text + 7, "bh_"))
		rc = exchange_key(req, text + 7, now_ms, &answer);
	else
		rc = exchange_token(req, text + 7, now_ms, &answer);
	answer.tenant_concurrency = concurrency_of(req->service, answer.tenant_concurrency);
	if (rc == 0)
		return reply_answer(req, &answer, now_ms / 1000);

	if (rc == BH_E_UNAUTHENTICATED || rc == BH_E_SUSPENDED)
		bh_reply_header_int(req, "x-bulkhead-ttl",
			rc == BH_E_SUSPENDED ? SUSPENDED_TTL_S : REFUSED_TTL_S);
	/* With it the gateway forgets this refusal when something is changed in the tenant. */
	if (rc == BH_E_SUSPENDED || answer.known)
		header_uuid(req, "x-bulkhead-tenant", &answer.tenant);
	return bh_reply_error(req, rc, NULL);
}
