/* SPDX-License-Identifier: Apache-2.0 */
/* http_signin.c: sign-in with a password, refresh, sign-out. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/client.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/store_client.h"
#include "auth/tries.h"
#include "base/clock.h"
#include "sec/password.h"
#include "service/request.h"

struct sign_in {
	const char *email, *password, *tenant;
};

#define AT(member) offsetof(struct sign_in, member)

static const struct bh_field sign_in_fields[] = {
	{"email", BH_FIELD_TEXT, AT(email), BH_REQUIRED, 1, 254},
	{"password", BH_FIELD_TEXT, AT(password), BH_REQUIRED, 1, BH_PASSWORD_MOST},
	{"tenant", BH_FIELD_TEXT, AT(tenant), BH_NULLABLE, 1, 128},
};

#undef AT

const struct bh_shape auth_sign_in = BH_SHAPE("SignIn", struct sign_in, sign_in_fields);

struct refresh {
	const char *token;
};

static const struct bh_field refresh_fields[] = {
	{"refresh_token", BH_FIELD_TEXT, offsetof(struct refresh, token), BH_REQUIRED, 1, 256},
};

const struct bh_shape auth_refresh_token = BH_SHAPE("RefreshToken", struct refresh, refresh_fields);

struct shown {
	struct auth_tokens tokens;
	int64_t expires_in;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field tokens_fields[] = {
	{"access_token", BH_FIELD_TEXT, AT(tokens.access)},
	{"token_type", BH_FIELD_CONST, .words = "Bearer"},
	{"expires_in", BH_FIELD_INT, AT(expires_in)},
	{"refresh_token", BH_FIELD_TEXT, AT(tokens.refresh)},
	{"scope", BH_FIELD_TEXT, AT(tokens.scope)},
	{"session_id", BH_FIELD_ID, AT(tokens.session)},
	{"user_id", BH_FIELD_ID, AT(tokens.account)},
	{"role", BH_FIELD_TEXT, AT(tokens.role)},
	{"tenant_id", BH_FIELD_ID, AT(tokens.tenant)},
	{"tenant_name", BH_FIELD_TEXT, AT(tokens.tenant_name)},
};

#undef AT

const struct bh_shape auth_tokens_shape = BH_SHAPE("Tokens", struct shown, tokens_fields);

static int
reply_tokens(struct bh_request *req, const struct auth_tokens *tokens, int64_t now_ms)
{
	const struct shown shown = {*tokens, tokens->expires_s - now_ms / 1000};

	bh_audit_uuid(&req->audit, "target_tenant_id", &tokens->tenant);
	bh_audit_uuid(&req->audit, "target_user_id", &tokens->account);
	bh_audit_uuid(&req->audit, "target_session_id", &tokens->session);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &auth_tokens_shape, &shown);
}

struct which {
	const struct auth_home *homes;
	size_t n_homes;
};

static const struct bh_field home_row = {"", BH_FIELD_OBJECT, BH_FIELDS(auth_home_fields)};

static const struct bh_field which_fields[] = {
	{"message", BH_FIELD_CONST,
		.words = "You are a member of several tenants; 'tenant' is required."},
	{"type", BH_FIELD_CONST, .words = "invalid_request_error"},
	{"param", BH_FIELD_CONST, .words = "tenant"},
	{"code", BH_FIELD_CONST, .words = "missing_required_parameter"},
	{"tenants", BH_FIELD_ARRAY, offsetof(struct which, homes),
		BH_ELEMENTS(struct which, homes, n_homes, &home_row)},
};

static const struct bh_field which_error[] = {
	{"error", BH_FIELD_OBJECT, BH_FIELDS(which_fields)},
};

/* Several memberships and none named: 400 lists them. Only reached once the password matched. */
static int
reply_which(struct bh_request *req, const struct auth_home *homes, size_t n_homes)
{
	static const struct bh_shape shape = BH_SHAPE(NULL, struct which, which_error);
	const struct which which = {homes, n_homes};

	return bh_reply_object(req, 400, &shape, &which);
}

static int
reply_limited(struct bh_request *req, int64_t wait_ms, const char *what)
{
	bh_reply_retry_after(req, wait_ms);
	return bh_reply_error(req, bh_error(BH_E_RATE_LIMITED, "%s", what), NULL);
}

/* Whether the password is the account's. Every way to fail costs one hashing and gives one answer. */
BH_MUST_CHECK static int
password_check(struct auth *auth, struct bh_db *db, const struct bh_password_turn *turn,
	const struct auth_account *account, bool found, const char *password)
{
	bool usable = found && strcmp(account->state, "active") == 0;
	char hash[BH_PASSWORD_HASH];
	bool stale = false;
	int rc = bh_password_verify(auth->hasher, turn, usable ? account->password_hash : NULL,
		password, strlen(password), &stale);

	if (rc == BH_E_UNAUTHENTICATED)
		return bh_error(rc, "Incorrect email or password.");
	if (rc < 0 || !stale)
		return rc;
	/* Its cost was raised since it was set: now we know the password and can hash it anew. */
	rc = bh_password_hash(auth->hasher, turn, password, strlen(password), hash);
	return rc < 0 ? rc : auth_store_account_rehash(db, &account->id, account->password_hash, hash);
}

/* The membership to sign in to. *out stays NULL when one has to be named. */
BH_MUST_CHECK static int
home_choose(const struct auth_home *homes, size_t n_homes, const char *wanted,
	const struct auth_home **out)
{
	struct bh_uuid id = {0};
	bool by_id = wanted != NULL && bh_uuid_parse(wanted, &id) == 0;

	*out = wanted == NULL && n_homes == 1 ? &homes[0] : NULL;
	for (size_t i = 0; wanted != NULL && i < n_homes; i++)
		if (by_id ? bh_uuid_equal(&homes[i].tenant, &id) : strcmp(homes[i].name, wanted) == 0)
			*out = &homes[i];
	if (n_homes == 0 || (wanted != NULL && *out == NULL))
		return bh_error(BH_E_FORBIDDEN, "You are not a member of this tenant.");
	return 0;
}

/* The steps of a sign-in up to the choice of a tenant, the dear one last: whoever has no try left costs
 * nobody a hash. BH_E_RATE_LIMITED: *out_wait_ms tells for how long. */
BH_MUST_CHECK static int
person_prove(struct bh_request *req, const struct sign_in *body, const char *email,
	struct auth_account *account, int64_t *out_wait_ms)
{
	struct auth *auth = req->service;
	bool found = false;
	struct bh_password_turn turn;
	struct auth_client client;
	struct auth_try attempt;
	int rc;

	auth_client_of(req, &client);
	rc = auth_store_account_sign_in(req->db, email, &client.mark, account, &found);
	if (rc == 0)
		rc = auth_tries_take(auth->tries, &client, email, account->familiar, bh_clock_steady_ms(),
			&attempt, out_wait_ms);
	if (rc < 0)
		return rc;
	turn = auth_client_turn(&client, account->familiar);
	rc = password_check(auth, req->db, &turn, account, found, body->password);
	if (rc == BH_E_UNAUTHENTICATED)
		return rc;
	if (rc < 0) {
		auth_tries_undo(auth->tries, &attempt);
		return rc;
	}
	auth_tries_right(auth->tries, &attempt);
	return auth_store_client_note(req->db, &account->id, &client.mark, bh_clock_wall_ms());
}

BH_MUST_CHECK static int
begin(struct bh_request *req, const struct auth_account *account, const struct auth_home *home)
{
	const char *client = bh_http_header(req->http, "user-agent");
	int64_t now_ms = bh_clock_wall_ms();
	const struct auth_session_new session = {
		.tenant = home->tenant,
		.account = account->id,
		.method = "password",
		.client = client != NULL ? client : "",
		.password_set_ms = account->password_set_ms,
	};
	struct auth_tokens tokens;
	int rc = auth_session_begin(req->service, req->db, &session, now_ms, &tokens);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (tokens.ended_others)
		auth_push_pending(req->runtime, req->service);
	return reply_tokens(req, &tokens, now_ms);
}

/* POST /api/auth/sign-in: tokens for an address and a password. */
int
auth_http_sign_in(struct bh_request *req)
{
	struct sign_in body = {0};
	struct auth_account account = {0};
	struct auth_home *homes = NULL;
	const struct auth_home *home = NULL;
	char email[AUTH_EMAIL_BYTES];
	int64_t wait_ms = 0;
	size_t n_homes = 0;
	int rc = bh_request_object(req, &auth_sign_in, &body);

	if (rc == 0)
		rc = auth_email_read(body.email, email);
	if (rc == 0)
		rc = person_prove(req, &body, email, &account, &wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return reply_limited(req, wait_ms, "Too many failed sign-in attempts.");
	if (rc == 0)
		rc = auth_store_account_homes(req->db, &account.id, AUTH_HOMES_SHOWN, &homes, &n_homes);
	if (rc == 0)
		rc = home_choose(homes, n_homes, body.tenant, &home);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (home == NULL)
		return reply_which(req, homes, n_homes);
	return begin(req, &account, home);
}

/* POST /api/auth/refresh: new tokens for a refresh token. */
int
auth_http_refresh(struct bh_request *req)
{
	int64_t now_ms = bh_clock_wall_ms(), wait_ms = 0;
	struct refresh body = {0};
	struct auth_tokens tokens;
	bool revoked = false;
	int rc = bh_request_object(req, &auth_refresh_token, &body);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = auth_session_refresh(req->service, req->db, body.token, now_ms, &tokens, &revoked,
		&wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return reply_limited(req, wait_ms,
			"This session is refreshed too often; use the access token until it expires.");
	if (revoked) {
		auth_push_pending(req->runtime, req->service);
		bh_audit_text(&req->audit, "reuse", "family revoked");
		return bh_reply_error(req, bh_error(rc, "The session has ended."), NULL);
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_tokens(req, &tokens, now_ms);
}

/* POST /api/auth/sign-out: ends the sign-in of a refresh token. One that ends nothing is no error:
 * whoever signs out is signed out. */
int
auth_http_sign_out(struct bh_request *req)
{
	struct refresh body = {0};
	int rc = bh_request_object(req, &auth_refresh_token, &body);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = auth_session_end_by(req->db, body.token);
	if (rc == 0)
		auth_push_pending(req->runtime, req->service);
	else if (rc != BH_E_NOT_FOUND)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_empty(req, 204);
}
