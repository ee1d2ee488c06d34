/* SPDX-License-Identifier: Apache-2.0 */
/* http_password.c: people change their password, or ask for a link because they have forgotten it. */
#include "auth/routes.h"

#include <string.h>

#include "auth/account.h"
#include "auth/auth.h"
#include "auth/client.h"
#include "auth/http_console.h"
#include "auth/names.h"
#include "auth/prove.h"
#include "auth/push.h"
#include "auth/reset.h"
#include "auth/tries.h"
#include "base/clock.h"
#include "queue/worker.h"
#include "service/request.h"

struct change {
	const char *current, *wanted;
};

static const struct bh_field change_fields[] = {
	{"current", BH_FIELD_TEXT, offsetof(struct change, current), BH_REQUIRED, 1, BH_PASSWORD_MOST},
	{"new", BH_FIELD_TEXT, offsetof(struct change, wanted), BH_REQUIRED},
};

const struct bh_shape auth_password_change = BH_SHAPE("PasswordChange", struct change,
	change_fields);

struct forgotten {
	const char *email;
};

static const struct bh_field forgotten_fields[] = {
	{"email", BH_FIELD_TEXT, offsetof(struct forgotten, email), BH_REQUIRED, 1, 254},
};

const struct bh_shape auth_password_forgotten = BH_SHAPE("PasswordReset", struct forgotten,
	forgotten_fields);

/* A key acts for its owner, but is not the owner. */
BH_MUST_CHECK static int
person_check(const struct bh_request *req)
{
	if (bh_uuid_is_zero(&req->claims.subject) || strcmp(req->claims.client, "api_key") == 0)
		return bh_error(BH_E_FORBIDDEN, "Only a signed-in user can change the password.");
	return 0;
}

BH_MUST_CHECK static int
change(struct bh_request *req, const struct change *body, int64_t now_ms, int64_t *out_wait_ms)
{
	struct auth *auth = req->service;
	struct auth_account account = {0}, proved = {0};
	struct bh_password_turn turn = auth_tenant_turn(&req->tenant);
	char hash[BH_PASSWORD_HASH];
	int rc = person_check(req);

	if (rc == 0)
		rc = auth_password_check(body->wanted);
	if (rc == 0)
		rc = auth_store_account_get(req->db, &req->claims.subject, &account);
	if (rc == 0)
		rc = auth_prove_password(req, account.email, body->current, &proved, out_wait_ms);
	if (rc == BH_E_UNAUTHENTICATED) /* the sign-in is good: no client may end it because of this */
		return bh_error_param(BH_E_INVALID, "current", "'current' is not the password.");
	if (rc == 0)
		rc = bh_password_hash(auth->hasher, &turn, body->wanted, strlen(body->wanted), hash);
	if (rc == 0)
		rc = auth_account_password(req->db, &account.id, proved.password_set_ms, hash,
			&req->claims.session, now_ms);
	return rc == BH_E_CONFLICT ? bh_error(BH_E_STATE, "The password was changed in the meantime.")
							   : rc;
}

/* A browser goes on with a new cookie: what the old one opened rests on the old password. */
BH_MUST_CHECK static int
cookie_renew(struct bh_request *req, int64_t now_ms)
{
	struct auth_cookie cookie = {0};
	int rc = auth_console_rotate(req->service, req->db, &req->tenant, &req->claims.session,
		&(struct auth_console_proof){.password = true}, now_ms, &cookie);

	if (rc == 0)
		auth_console_set_cookie(req, &cookie, now_ms);
	return rc;
}

/* POST /api/auth/password: {"current", "new"}; every other sign-in of the person ends, and what is none of a
 * browser's, too. */
int
auth_http_password_change(struct bh_request *req)
{
	int64_t wait_ms = 0, now_ms = bh_clock_wall_ms();
	struct change body = {0};
	int rc = bh_request_object(req, &auth_password_change, &body);

	if (rc == 0)
		rc = change(req, &body, now_ms, &wait_ms);
	if (rc < 0)
		return auth_prove_refuse(req, rc, wait_ms);
	if (strcmp(req->claims.client, BH_CLIENT_CONSOLE) == 0)
		rc = cookie_renew(req, now_ms);
	auth_push_pending(req->runtime, req->service);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : bh_reply_empty(req, 204);
}

/* POST /api/auth/password/reset: {"email"}; says the same whether anybody has the address. */
int
auth_http_password_reset(struct bh_request *req)
{
	const struct auth *auth = req->service;
	struct forgotten body = {0};
	struct auth_client client;
	char email[AUTH_EMAIL_BYTES];
	int64_t wait_ms = 0;
	int rc = bh_request_object(req, &auth_password_forgotten, &body);

	if (rc == 0)
		rc = auth_email_read(body.email, email);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_client_of(req, &client);
	rc = auth_tries_ask(auth->tries, &client, email, bh_clock_steady_ms(), &wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return auth_prove_refuse(req, bh_error(rc, "Too many requests for a link."), wait_ms);
	rc = auth_reset_ask(req->db, email);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return bh_reply_empty(req, 202);
}
