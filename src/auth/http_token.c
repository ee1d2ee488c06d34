/* SPDX-License-Identifier: Apache-2.0 */
/* http_token.c: service tokens: for calls between services, and for the operator's commands. */
#include "auth/routes.h"

#include <string.h>
#include <strings.h>

#include "auth/auth.h"
#include "auth/signing.h"
#include "auth/store_account.h"
#include "auth/store_key.h"
#include "auth/store_membership.h"
#include "auth/store_revocation.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "base/text.h"
#include "service/request.h"
#include "service/secrets.h"
#include "service/services.h"

struct token_ask {
	const char *tenant, *subject, *credential, *scope, *request_id;
};

#define AT(member) offsetof(struct token_ask, member)

static const struct bh_field ask_fields[] = {
	{"tenant", BH_FIELD_TEXT, AT(tenant), BH_REQUIRED, 36, 36},
	{"subject", BH_FIELD_TEXT, AT(subject), BH_NULLABLE, 1, 63},
	{"credential", BH_FIELD_TEXT, AT(credential), BH_NULLABLE, 36, 36},
	{"scope", BH_FIELD_TEXT, AT(scope), BH_REQUIRED, 1, 64},
	{"request_id", BH_FIELD_TEXT, AT(request_id), BH_NULLABLE, 0, 64},
};

static const struct bh_shape ask_shape = BH_SHAPE(NULL, struct token_ask, ask_fields);

/* Who may ask for what, and for whom it is meant. */
struct right {
	const char *service, *scope, *audience;
};

/* The peer's name, when the secret behind "Bearer" is its own; else NULL. */
static const char *
peer_prove(const struct bh_request *req)
{
	const struct bh_service_secrets *secrets = bh_runtime_secrets(req->runtime);
	const char *name = bh_http_header(req->http, "x-bulkhead-service");
	const char *text = bh_http_header(req->http, "authorization");
	struct bh_secret secret = {0};
	struct bh_digest hash;
	const char *proved = NULL;

	if (name == NULL || text == NULL || strncasecmp(text, "bearer ", 7) != 0 ||
		!bh_text_unhex(text + 7, strlen(text + 7), secret.bytes, sizeof(secret.bytes)))
		return NULL;
	bh_digest_sha256(secret.bytes, sizeof(secret.bytes), &hash);
	bh_secret_close(&secret);
	for (size_t i = 0; i < secrets->n_peers; i++)
		if (strcmp(secrets->peers[i].name, name) == 0 &&
			bh_digest_equal(&secrets->peers[i].hash, &hash))
			proved = secrets->peers[i].name;
	return proved;
}

/* A service may do what its row says, the supervisor speaks for the operator; nobody may do more. */
static bool
right_find(const struct bh_request *req, const char *peer, const char *scope, struct right *out)
{
	const struct auth *auth = req->service;
	const struct bh_service_call *call = bh_services_call(bh_runtime_services(req->runtime), peer,
		scope);

	*out = (struct right){peer, scope, call != NULL ? call->service : auth->audience};
	return call != NULL || (strcmp(peer, "supervisor") == 0 && strcmp(scope, "operator") == 0);
}

/* Refuses a key once it was revoked or has expired. */
BH_MUST_CHECK static int
key_check(struct bh_db *own, const struct bh_uuid *tenant, const struct bh_uuid *key)
{
	bool works = false;
	int rc = auth_store_key_works(own, tenant, key, bh_clock_wall_ms(), &works);

	return rc == 0 && !works ? bh_error(BH_E_SUSPENDED, "The API key was revoked or has expired.")
							 : rc;
}

/* Whether the tenant, and the person or the key if it is one, may act now. */
BH_MUST_CHECK static int
ask_check(struct bh_request *req, const struct token_ask *ask, const struct bh_uuid *tenant)
{
	struct bh_db own = auth_in_tenant(req->db, tenant);
	struct auth_membership member = {0};
	struct auth_account account = {0};
	struct bh_uuid person, key;
	const char *state = NULL;
	int rc;

	own.payer = *tenant; /* the service that names it has proven itself */
	rc = auth_store_tenant_state(&own, tenant, &state);
	if (rc < 0)
		return rc;
	if (strcmp(state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The tenant is suspended.");
	if (ask->credential != NULL && bh_uuid_parse(ask->credential, &key) < 0)
		return bh_error_param(BH_E_INVALID, "credential", "'credential' must be a UUID.");
	if (ask->credential != NULL)
		rc = key_check(&own, tenant, &key);
	if (rc < 0 || ask->subject == NULL || bh_uuid_parse(ask->subject, &person) < 0)
		return rc;
	rc = auth_store_membership_get(&own, tenant, &person, &member);
	if (rc == BH_E_NOT_FOUND)
		return key_check(&own, tenant, &person); /* a key without an owner is its own subject */
	if (rc == 0)
		rc = auth_store_account_get(req->db, &person, &account);
	if (rc == 0 && (strcmp(member.state, "active") != 0 || strcmp(account.state, "active") != 0))
		rc = bh_error(BH_E_SUSPENDED, "The user is disabled.");
	return rc;
}

/* For which team the acts of the key behind the call are counted. */
BH_MUST_CHECK static int
team_find(struct bh_request *req, const struct token_ask *ask, struct auth_grant *grant)
{
	const char *text = ask->credential != NULL ? ask->credential : ask->subject;
	struct bh_db own = auth_in_tenant(req->db, &grant->tenant);
	struct bh_uuid key;

	own.payer = grant->tenant;
	if (text == NULL || bh_uuid_parse(text, &key) < 0)
		return 0;
	return auth_store_key_team(&own, &grant->tenant, &key, &grant->team);
}

/* What the token says. The operator is the platform's superuser; a service acts for the subject. */
BH_MUST_CHECK static int
grant_fill(struct bh_request *req, const struct token_ask *ask, const struct right *right,
	struct auth_grant *grant)
{
	const struct auth *auth = req->service;
	bool operator= strcmp(right->scope, "operator") == 0;

	grant->actor = right->service;
	grant->audience = right->audience;
	/* It was looked up as a key of this tenant. */
	if (ask->credential != NULL && bh_uuid_parse(ask->credential, &grant->session) < 0)
		return BH_E_INTERNAL;
	if (operator&& !bh_uuid_equal(&grant->tenant, &bh_platform_tenant))
		return bh_error_param(BH_E_INVALID, "tenant",
			"'tenant' must be the platform tenant for the operator.");
	if (operator&&(ask->subject == NULL || !bh_text_starts(ask->subject, "operator:")))
		return bh_error_param(BH_E_INVALID, "subject",
			"'subject' must have the form operator:UID.");
	if (!operator&& ask->subject != NULL && bh_text_starts(ask->subject, "operator:"))
		return bh_error_param(BH_E_INVALID, "subject",
			"Only the supervisor may act for the operator.");
	grant->subject = ask->subject != NULL
		? ask->subject
		: bh_arena_printf(req->arena, "service:%s", right->service);
	grant->client = operator? "cli" : "service";
	grant->role = operator? "superuser" : "service";
	grant->scope = operator
		? bh_arena_printf(req->arena, "operator %s", auth_role_scopes(&auth->roles, "superuser"))
		: right->scope;
	return 0;
}

struct granted {
	const char *token;
	int64_t expires_in;
};

static const struct bh_field granted_fields[] = {
	{"access_token", BH_FIELD_TEXT, offsetof(struct granted, token)},
	{"token_type", BH_FIELD_CONST, .words = "Bearer"},
	{"expires_in", BH_FIELD_INT, offsetof(struct granted, expires_in)},
};

static const struct bh_shape granted_shape = BH_SHAPE(NULL, struct granted, granted_fields);

/* POST /internal/token: a service proves itself by its secret and gets a token for one call onward. */
int
auth_http_token(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf token = {0};
	struct auth *auth = req->service;
	const char *peer = peer_prove(req);
	int64_t now_s = bh_clock_wall_ms() / 1000, expires_s = 0;
	struct right right;
	struct token_ask ask = {0};
	struct auth_grant grant = {0};
	int rc;

	if (peer == NULL)
		return bh_reply_error(req, bh_error(BH_E_UNAUTHENTICATED, "Unknown service."), NULL);
	rc = bh_request_object(req, &ask_shape, &ask);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (bh_uuid_parse(ask.tenant, &grant.tenant) < 0)
		return bh_reply_error(req, bh_error(BH_E_INVALID, "'tenant' must be a UUID."), "tenant");
	if (!right_find(req, peer, ask.scope, &right))
		return bh_reply_error(req,
			bh_error(BH_E_FORBIDDEN, "The service may not request this token."), "scope");
	bh_audit_uuid(&req->audit, "target_tenant_id", &grant.tenant);
	bh_audit_text(&req->audit, "peer", peer);
	if (ask.request_id != NULL)
		bh_audit_text(&req->audit, "for_request_id", ask.request_id);
	if (ask.subject != NULL)
		bh_audit_text(&req->audit, "for_subject", ask.subject);

	rc = auth_store_revocation_seq(req->db, &grant.version);
	if (rc == 0)
		rc = ask_check(req, &ask, &grant.tenant);
	if (rc == 0)
		rc = auth_store_plan_get(AUTH_DB(auth_in_tenant(req->db, &grant.tenant)), &grant.tenant,
			&grant.plan);
	if (rc == 0)
		rc = team_find(req, &ask, &grant);
	if (rc == 0)
		rc = grant_fill(req, &ask, &right, &grant);
	if (rc == 0)
		rc = auth_signer_mint(auth->signer, &grant, now_s, &token, &expires_s);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_object(req, 200, &granted_shape,
		&(struct granted){token.data, expires_s - now_s});
}
