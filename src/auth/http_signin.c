/* SPDX-License-Identifier: Apache-2.0 */
/* http_signin.c: sign-in with a password, refresh, sign-out. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/prove.h"
#include "auth/push.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "base/clock.h"
#include "sec/password.h"
#include "service/request.h"

#define AT(member) offsetof(struct auth_sign_in_body, member)

static const struct bh_field sign_in_fields[] = {
	{"email", BH_FIELD_TEXT, AT(email), BH_REQUIRED, 1, 254},
	{"password", BH_FIELD_TEXT, AT(password), BH_REQUIRED, 1, BH_PASSWORD_MOST},
	{"tenant", BH_FIELD_TEXT, AT(tenant), BH_NULLABLE, 1, 128},
	{"code", BH_FIELD_TEXT, AT(code), BH_NULLABLE, 1, 32},
};

#undef AT

const struct bh_shape auth_sign_in = BH_SHAPE("SignIn", struct auth_sign_in_body, sign_in_fields);

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

BH_MUST_CHECK static int
begin(struct bh_request *req, const struct auth_signed *signed_in)
{
	const char *client = bh_http_header(req->http, "user-agent");
	int64_t now_ms = bh_clock_wall_ms();
	const struct auth_session_new session = {
		.tenant = signed_in->home->tenant,
		.account = signed_in->account.id,
		.method = "password",
		.client = client != NULL ? client : "",
		.password_set_ms = signed_in->account.password_set_ms,
		.mfa = signed_in->mfa,
	};
	struct auth_tokens tokens;
	int rc = auth_session_begin(req->service, req->db, &session, now_ms, &tokens);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (tokens.ended_others)
		auth_push_pending(req->runtime, req->service);
	return reply_tokens(req, &tokens, now_ms);
}

/* POST /api/auth/sign-in: tokens for an address and a password, and a code where there is an app. */
int
auth_http_sign_in(struct bh_request *req)
{
	struct auth_sign_in_body body = {0};
	struct auth_signed signed_in = {0};
	int64_t wait_ms = 0;
	int rc = bh_request_object(req, &auth_sign_in, &body);

	if (rc == 0)
		rc = auth_prove_person(req, &body, &signed_in, &wait_ms);
	if (rc < 0)
		return auth_prove_refuse(req, rc, wait_ms);
	if (signed_in.home == NULL)
		return auth_home_ask(req, signed_in.homes, signed_in.n_homes);
	return begin(req, &signed_in);
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
		return auth_prove_refuse(req,
			bh_error(rc,
				"This session is refreshed too often; use the access token until it expires."),
			wait_ms);
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
