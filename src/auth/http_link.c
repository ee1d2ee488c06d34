/* SPDX-License-Identifier: Apache-2.0 */
/* http_link.c: one-time links: redeeming them, and the one page that does it. */
#include "auth/routes.h"

#include <stdio.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/client.h"
#include "auth/member.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/setup_page.h"
#include "auth/store_account.h"
#include "base/clock.h"
#include "sec/credential.h"
#include "sec/digest.h"
#include "service/request.h"

struct redeem {
	const char *token, *password;
};

#define AT(member) offsetof(struct redeem, member)

static const struct bh_field redeem_fields[] = {
	{"token", BH_FIELD_TEXT, AT(token), BH_REQUIRED, 1, 256},
	{"password", BH_FIELD_TEXT, AT(password), BH_REQUIRED},
};

const struct bh_shape auth_link_redeem = BH_SHAPE("LinkRedeem", struct redeem, redeem_fields);

static const struct bh_field email_fields[] = {
	{"email", BH_FIELD_TEXT, offsetof(struct auth_account, email)},
};

const struct bh_shape auth_email_shape = BH_SHAPE("Email", struct auth_account, email_fields);

/* The link is looked at before the password is hashed: invented links cost nobody's time. */
BH_MUST_CHECK static int
redeem(struct bh_request *req, const struct redeem *body, struct bh_uuid *out_account)
{
	struct auth *auth = req->service;
	struct bh_credential link = {0};
	struct bh_password_turn turn;
	struct auth_client client;
	char hash[BH_PASSWORD_HASH];
	int rc = bh_credential_parse(body->token, &link);

	if (rc < 0 || link.kind != BH_CREDENTIAL_LINK)
		return bh_error(BH_E_UNAUTHENTICATED, "The link is no longer valid; request a new one.");
	rc = auth_password_check(body->password);
	if (rc == 0)
		rc = auth_member_link_check(req->db, &link, bh_clock_wall_ms());
	if (rc < 0)
		return rc;
	turn = auth_tenant_turn(&link.tenant);
	rc = bh_password_hash(auth->hasher, &turn, body->password, strlen(body->password), hash);
	if (rc < 0)
		return rc;
	auth_client_of(req, &client);
	return auth_member_redeem(req->db, &link, hash, &client.mark, bh_clock_wall_ms(), out_account);
}

/* POST /api/auth/link: sets the password of a link's person; works once. */
int
auth_http_link_redeem(struct bh_request *req)
{
	struct auth_account account = {0};
	struct redeem body = {0};
	struct bh_uuid id = {0};
	int rc = bh_request_object(req, &auth_link_redeem, &body);

	if (rc == 0)
		rc = redeem(req, &body, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_push_pending(req->runtime, req->service);
	bh_audit_uuid(&req->audit, "target_user_id", &id);

	rc = auth_store_account_get(req->db, &id, &account);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &auth_email_shape, &account);
}

/* GET /setup: the page that a one-time link opens. Its secret stays in the fragment, which browsers send
 * to nobody; the script hands it to the route above. */
int
auth_http_setup_page(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf page = {0};
	unsigned char bytes[18];
	char nonce[32], policy[320];

	bh_random(bytes, sizeof(bytes));
	bh_base64url_encode(bytes, sizeof(bytes), nonce);
	snprintf(policy, sizeof(policy),
		"default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; connect-src 'self'; "
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		nonce, nonce);
	auth_setup_page(&page, nonce);
	bh_reply_header(req, "content-security-policy", policy);
	bh_reply_header(req, "cache-control", "no-store");
	bh_reply_header(req, "referrer-policy", "no-referrer");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_text(req, 200, "text/html; charset=utf-8", bh_buf_string(&page));
}
