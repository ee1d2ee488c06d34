/* SPDX-License-Identifier: Apache-2.0 */
/* http_session.c: who am I, and my sign-ins. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/push.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/store_session.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "service/list.h"
#include "service/request.h"

struct me {
	const char *id, *role, *plan, *client, *scopes;
	struct auth_account account;
	struct auth_tenant tenant;
	struct bh_uuid tenant_id, credential;
	int64_t expires_s;
};

#define AT(member) offsetof(struct me, member)

static const struct bh_field me_fields[] = {
	{"id", BH_FIELD_TEXT, AT(id)},
	{"email", BH_FIELD_TEXT, AT(account.email), BH_NULLABLE},
	{"name", BH_FIELD_TEXT, AT(account.name), BH_NULLABLE},
	{"tenant_id", BH_FIELD_ID, AT(tenant_id)},
	{"tenant_name", BH_FIELD_TEXT, AT(tenant.name)},
	{"role", BH_FIELD_TEXT, AT(role)},
	{"plan", BH_FIELD_TEXT, AT(plan)},
	{"client", BH_FIELD_TEXT, AT(client)},
	{"credential_id", BH_FIELD_ID, AT(credential), BH_NULLABLE},
	{"scopes", BH_FIELD_WORDS, AT(scopes)},
	{"expires_at", BH_FIELD_INT, AT(expires_s)},
};

#undef AT

const struct bh_shape auth_me_shape = BH_SHAPE("Me", struct me, me_fields);

/* GET /api/auth/me: what the credential says, and whose it is. */
int
auth_http_me(struct bh_request *req)
{
	const struct bh_claims *claims = &req->claims;
	struct me me = {
		.id = claims->subject_text,
		.role = claims->role,
		.plan = claims->plan,
		.client = claims->client,
		.scopes = claims->scope,
		.tenant_id = req->tenant,
		.credential = claims->session,
		.expires_s = claims->expires_s,
	};
	int rc = 0;

	if (!bh_uuid_is_zero(&claims->subject))
		rc = auth_store_account_get(req->db, &claims->subject, &me.account);
	/* A key without an owner is its own subject: nobody's account. */
	if (rc == 0 || rc == BH_E_NOT_FOUND)
		rc = auth_store_tenant_get(req->db, &req->tenant, &me.tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 200, &auth_me_shape, &me);
}

struct shown {
	struct auth_session session;
	bool current;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field session_fields[] = {
	{"id", BH_FIELD_ID, AT(session.id)},
	{"object", BH_FIELD_CONST, .words = "session"},
	{"method", BH_FIELD_TEXT, AT(session.method)},
	{"client", BH_FIELD_TEXT, AT(session.client)},
	{"current", BH_FIELD_BOOL, AT(current)},
	{"created_at", BH_FIELD_TIME, AT(session.created_ms)},
	{"last_used_at", BH_FIELD_TIME, AT(session.last_used_ms)},
	{"expires_at", BH_FIELD_TIME, AT(session.expires_ms)},
};

const struct bh_shape auth_session_shape = BH_SHAPE("Session", struct shown, session_fields);

/* GET /api/sessions: my running sign-ins in this tenant, newest first. */
int
auth_http_session_list(struct bh_request *req)
{
	struct auth_session *sessions = NULL;
	struct shown *shown;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &auth_paging, &page);

	if (rc == 0)
		rc = auth_store_session_list(req->db, &req->tenant, &req->claims.subject,
			bh_clock_wall_ms(), &page.after, page.limit + 1, &sessions, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = (struct shown){sessions[i],
			bh_uuid_equal(&sessions[i].id, &req->claims.session)};
	return bh_reply_page(req, &auth_session_shape, &page, shown, n);
}

/* DELETE /api/sessions/{id}: ends one of my sign-ins. */
int
auth_http_session_revoke(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = auth_session_end(req->db, &req->tenant, &id, &req->claims.subject);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_uuid(&req->audit, "target_session_id", &id);
	auth_push_pending(req->runtime, req->service);
	return bh_reply_empty(req, 204);
}
