/* SPDX-License-Identifier: Apache-2.0 */
/* http_accept.c: an invitation's link: what it is for, and accepting it. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/client.h"
#include "auth/http_console.h"
#include "auth/invitation.h"
#include "auth/member.h"
#include "auth/names.h"
#include "auth/prove.h"
#include "auth/push.h"
#include "base/clock.h"
#include "service/request.h"

struct token {
	const char *text;
};

static const struct bh_field token_fields[] = {
	{"token", BH_FIELD_TEXT, offsetof(struct token, text), BH_REQUIRED, 1, 256},
};

const struct bh_shape auth_invitation_token = BH_SHAPE("InvitationToken", struct token,
	token_fields);

#define AT(member) offsetof(struct auth_invitation_view, member)

static const struct bh_field view_fields[] = {
	{"tenant_name", BH_FIELD_TEXT, AT(tenant_name)},
	{"email", BH_FIELD_TEXT, AT(invitation.email)},
	{"role", BH_FIELD_TEXT, AT(invitation.role)},
	{"has_account", BH_FIELD_BOOL, AT(has_account)},
	{"expires_at", BH_FIELD_TIME, AT(invitation.expires_ms)},
};

#undef AT

const struct bh_shape auth_invitation_view_shape = BH_SHAPE("InvitationView",
	struct auth_invitation_view, view_fields);

struct acceptance {
	const char *token, *password, *name, *code;
};

#define AT(member) offsetof(struct acceptance, member)

static const struct bh_field accept_fields[] = {
	{"token", BH_FIELD_TEXT, AT(token), BH_REQUIRED, 1, 256},
	{"password", BH_FIELD_TEXT, AT(password), BH_REQUIRED, 1, BH_PASSWORD_MOST},
	{"name", BH_FIELD_TEXT, AT(name), BH_NULLABLE, 0, 128},
	{"code", BH_FIELD_TEXT, AT(code), BH_NULLABLE, 1, 32},
};

#undef AT

const struct bh_shape auth_invitation_accept_shape = BH_SHAPE("InvitationAccept", struct acceptance,
	accept_fields);

BH_MUST_CHECK static int
view(struct bh_request *req, const char *token, struct bh_credential *link,
	struct auth_invitation_view *out)
{
	int rc = bh_credential_parse(token, link);

	if (rc < 0 || link->kind != BH_CREDENTIAL_LINK)
		return bh_error(BH_E_UNAUTHENTICATED,
			"The invitation is no longer valid; ask for a new one.");
	return auth_invitation_view(req->db, link, bh_clock_wall_ms(), out);
}

/* POST /api/auth/invitation: {"token"} */
int
auth_http_invitation_view(struct bh_request *req)
{
	struct auth_invitation_view found = {0};
	struct bh_credential link = {0};
	struct token body = {0};
	int rc = bh_request_object(req, &auth_invitation_token, &body);

	if (rc == 0)
		rc = view(req, body.text, &link, &found);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_uuid(&req->audit, "target_tenant_id", &link.tenant);
	bh_audit_uuid(&req->audit, "target_invitation_id", &link.row);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &auth_invitation_view_shape, &found);
}

/* The password, and where there is an app its code: the same as to sign in. */
BH_MUST_CHECK static int
person_prove(struct bh_request *req, const struct acceptance *body, const char *email,
	struct auth_account *proved, bool *out_mfa, int64_t *out_wait_ms)
{
	struct auth_console_person person = {0};
	int rc = auth_prove_password(req, email, body->password, proved, out_wait_ms);

	if (rc == 0)
		rc = auth_store_console_person(req->db, &proved->id, &person);
	if (rc < 0 || !person.mfa)
		return rc;
	if (body->code == NULL)
		return bh_error(BH_E_MFA,
			"A code of the authenticator app is needed besides the password.");
	*out_mfa = true;
	return auth_prove_code(req, proved, body->code, true, out_wait_ms);
}

/* Of somebody without a password it becomes the password. The dear step comes last: an invented link costs
 * nobody's time. */
BH_MUST_CHECK static int
password_make(struct bh_request *req, const struct acceptance *body, const struct bh_uuid *tenant,
	char hash[BH_PASSWORD_HASH])
{
	struct auth *auth = req->service;
	struct bh_password_turn turn = auth_tenant_turn(tenant);
	int rc = auth_password_check(body->password);

	if (rc == 0 && body->name[0] != '\0')
		rc = auth_name_check(body->name);
	if (rc < 0)
		return rc;
	return bh_password_hash(auth->hasher, &turn, body->password, strlen(body->password), hash);
}

/* What came of it. */
struct accepted {
	struct bh_credential link;
	struct bh_uuid account;
	bool mfa; /* a code was shown */
	int64_t wait_ms;
};

BH_MUST_CHECK static int
accept(struct bh_request *req, const struct acceptance *body, struct accepted *out)
{
	const struct auth *auth = req->service;
	const struct bh_uuid *tenant = &out->link.tenant;
	struct auth_invitation_view found = {0};
	struct auth_account proved = {0};
	char hash[BH_PASSWORD_HASH];
	struct auth_client client;
	struct auth_invitation_accept wanted = {
		.link = &out->link,
		.name = body->name,
		.client = &client.mark,
	};
	int rc = view(req, body->token, &out->link, &found);

	if (rc < 0)
		return rc;
	rc = found.has_account
		? person_prove(req, body, found.invitation.email, &proved, &out->mfa, &out->wait_ms)
		: password_make(req, body, tenant, hash);
	if (rc == 0)
		rc = auth_member_max(AUTH_DB(auth_in_tenant(req->db, tenant)), tenant,
			auth->conf.tenant_users, &wanted.users_max);
	if (rc < 0)
		return rc;
	auth_client_of(req, &client);
	wanted.proved = found.has_account ? &proved : NULL;
	wanted.password_hash = found.has_account ? NULL : hash;
	wanted.now_ms = bh_clock_wall_ms();
	return auth_invitation_accept(req->db, &wanted, &out->account);
}

/* Signs in whoever has accepted. */
static int
begin(struct bh_request *req, const struct accepted *accepted)
{
	int64_t now_ms = bh_clock_wall_ms();
	struct auth_cookie cookie = {0};
	struct auth_account account = {0};
	struct auth_console_begin wanted;
	int rc = auth_store_account_get(req->db, &accepted->account, &account);

	wanted = (struct auth_console_begin){
		.tenant = accepted->link.tenant,
		.account = accepted->account,
		.client = auth_console_client(req),
		.password_set_ms = account.password_set_ms,
		.mfa = accepted->mfa,
	};
	if (rc == 0)
		rc = auth_console_begin(req->service, req->db, &wanted, now_ms, &cookie);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (cookie.ended_others)
		auth_push_pending(req->runtime, req->service);
	return auth_console_reply_new(req, &cookie, now_ms);
}

/* POST /api/auth/invitation/accept: joins the tenant and signs in. */
int
auth_http_invitation_accept(struct bh_request *req)
{
	struct acceptance body = {.name = ""};
	struct accepted accepted = {0};
	int rc = auth_console_page_check(req);

	if (rc == 0)
		rc = bh_request_object(req, &auth_invitation_accept_shape, &body);
	if (rc == 0)
		rc = accept(req, &body, &accepted);
	if (rc < 0)
		return auth_prove_refuse(req, rc, accepted.wait_ms);
	bh_audit_uuid(&req->audit, "target_invitation_id", &accepted.link.row);
	return begin(req, &accepted);
}
