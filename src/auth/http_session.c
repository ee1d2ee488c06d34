/* http_session.c: who am I, and my sign-ins. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/page.h"
#include "auth/push.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/store_session.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "service/request.h"

/* GET /api/auth/me: what the credential says, and whose it is. */
int
auth_http_me(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_account account = {0};
	struct auth_tenant tenant = {0};
	int rc = 0;

	if (!bh_uuid_is_zero(&req->claims.subject))
		rc = auth_store_account_get(req->db, &req->claims.subject, &account);
	/* A key without an owner is its own subject: nobody's account. */
	if (rc == 0 || rc == BH_E_NOT_FOUND)
		rc = auth_store_tenant_get(req->db, &req->tenant, &tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	bh_write_object(&write);
	bh_write_pair_text(&write, "id", req->claims.subject_text);
	bh_write_pair_text(&write, "email", account.email);
	bh_write_pair_text(&write, "name", account.name);
	auth_write_uuid(&write, "tenant_id", &req->tenant);
	bh_write_pair_text(&write, "tenant_name", tenant.name);
	bh_write_pair_text(&write, "role", req->claims.role);
	bh_write_pair_text(&write, "plan", req->claims.plan);
	bh_write_pair_text(&write, "client", req->claims.client);
	auth_write_uuid(&write, "credential_id", &req->claims.session);
	auth_write_words(&write, "scopes", req->claims.scope);
	bh_write_pair_int(&write, "expires_at", req->claims.expires_s);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* GET /api/sessions: my running sign-ins in this tenant, newest first. */
int
auth_http_session_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_session *sessions = NULL;
	struct auth_page page;
	size_t n = 0, shown;
	int rc;

	rc = auth_page_read(req, &page);
	if (rc == 0)
		rc = auth_store_session_list(req->db, &req->tenant, &req->claims.subject,
			bh_clock_wall_ms(), &page.after, page.limit + 1, &sessions, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = n > (size_t)page.limit ? (size_t)page.limit : n;
	auth_page_begin(&write);
	for (size_t i = 0; i < shown; i++) {
		bh_write_object(&write);
		auth_write_uuid(&write, "id", &sessions[i].id);
		bh_write_pair_text(&write, "object", "session");
		bh_write_pair_text(&write, "method", sessions[i].method);
		bh_write_pair_text(&write, "client", sessions[i].client);
		bh_write_pair_bool(&write, "current", bh_uuid_equal(&sessions[i].id, &req->claims.session));
		auth_write_time(&write, "created_at", sessions[i].created_ms);
		auth_write_time(&write, "last_used_at", sessions[i].last_used_ms);
		auth_write_time(&write, "expires_at", sessions[i].expires_ms);
		bh_write_end(&write);
	}
	auth_page_end(&write, n > shown);
	return bh_reply_json(req, 200, &body);
}

/* DELETE /api/sessions/{id}: ends one of my sign-ins. */
int
auth_http_session_revoke(struct bh_request *req)
{
	struct bh_uuid id;
	int rc;

	rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_session_end(req->db, &req->tenant, &id, &req->claims.subject);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	bh_audit_text(req, "target_session_id", bh_request_param(req, "id"));
	auth_push_pending(req->runtime, req->service);
	return bh_reply_empty(req, 204);
}
