/* http_tenant.c: the platform's staff makes, lists, suspends and resumes tenants. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/names.h"
#include "auth/page.h"
#include "auth/push.h"
#include "auth/store_revocation.h"
#include "auth/store_tenant.h"
#include "service/request.h"

struct tenant_new {
	const char *name;
};

static const struct bh_field tenant_fields[] = {
	{"name", BH_FIELD_TEXT, BH_REQUIRED, 1, 128, offsetof(struct tenant_new, name), BH_NO_SET},
};

static void
tenant_write(struct bh_write *write, const struct auth_tenant *tenant)
{
	bh_write_object(write);
	auth_write_uuid(write, "id", &tenant->id);
	bh_write_pair_text(write, "object", "tenant");
	bh_write_pair_text(write, "name", tenant->name);
	bh_write_pair_text(write, "state", tenant->state);
	auth_write_time(write, "created_at", tenant->created_ms);
	bh_write_end(write);
}

static int
reply_tenant(struct bh_request *req, int status, const struct auth_tenant *tenant)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	tenant_write(&write, tenant);
	return bh_reply_json(req, status, &body);
}

/* GET /api/tenants?name=: a page; with a name the one that has it. */
int
auth_http_tenant_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct auth_tenant *tenants = NULL;
	struct auth_page page;
	const char *name = NULL;
	size_t n = 0, shown;
	int rc;

	rc = auth_page_read(req, &page);
	if (rc == 0)
		rc = bh_request_query_text(req, "name", &name);
	if (rc == 0)
		rc = auth_store_tenant_list(req->db, name, &page.after, page.limit + 1, &tenants, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = n > (size_t)page.limit ? (size_t)page.limit : n;
	auth_page_begin(&write);
	for (size_t i = 0; i < shown; i++)
		tenant_write(&write, &tenants[i]);
	auth_page_end(&write, n > shown);
	return bh_reply_json(req, 200, &body);
}

/* POST /api/tenants: {"name"} */
int
auth_http_tenant_create(struct bh_request *req)
{
	const struct bh_uuid id = bh_uuid_new();
	struct tenant_new body = {0};
	struct auth_tenant tenant = {0};
	char text[BH_UUID_TEXT];
	int rc;

	rc = bh_request_fields(req, BH_LIST(tenant_fields), &body);
	if (rc == 0)
		rc = auth_tenant_name_check(body.name);
	if (rc == 0)
		rc = auth_store_tenant_add(req->db, &id, body.name, &tenant);
	if (rc == BH_E_CONFLICT)
		rc = bh_error_param(BH_E_EXISTS, "name", "A tenant of this name exists.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_uuid_format(&id, text);
	bh_audit_text(req, "target_tenant_id", text);
	return reply_tenant(req, 201, &tenant);
}

/* GET /api/tenants/{tenant} */
int
auth_http_tenant_get(struct bh_request *req)
{
	struct auth_tenant tenant = {0};
	struct bh_uuid id;
	int rc;

	rc = bh_request_uuid(req, "tenant", &id);
	if (rc == 0)
		rc = auth_store_tenant_get(req->db, &id, &tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	return reply_tenant(req, 200, &tenant);
}

struct set_state {
	const struct bh_uuid *id;
	const char *state;
	bool revokes;
	bool changed;
};

BH_MUST_CHECK static int
set_state_work(struct bh_db *tx, void *ctx)
{
	struct set_state *set = ctx;
	int rc;

	rc = auth_store_tenant_set_state(tx, set->id, set->state, &set->changed);
	if (rc < 0 || !set->changed || !set->revokes)
		return rc;
	return auth_store_revocation_tenant(tx, set->id);
}

static int
set_state(struct bh_request *req, const char *state, bool revokes)
{
	struct auth_tenant tenant = {0};
	struct bh_uuid id;
	struct set_state set = {.id = &id, .state = state, .revokes = revokes};
	int rc;

	rc = bh_request_uuid(req, "tenant", &id);
	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	if (bh_uuid_equal(&id, &bh_platform_tenant))
		return bh_reply_error(req, bh_error(BH_E_STATE, "The platform itself is never suspended."),
			"tenant");
	rc = bh_tx_run(req->db, set_state_work, &set);
	if (rc == 0)
		rc = auth_store_tenant_get(req->db, &id, &tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	bh_audit_text(req, "target_tenant_id", bh_request_param(req, "tenant"));
	if (revokes)
		auth_push_pending(req->runtime, req->service);
	else
		auth_push_tenant(req->runtime, &id);
	return reply_tenant(req, 200, &tenant);
}

/* POST /api/tenants/{tenant}/suspend: none of its credentials works, everywhere within a second. */
int
auth_http_tenant_suspend(struct bh_request *req)
{
	return set_state(req, "suspended", true);
}

/* POST /api/tenants/{tenant}/resume: tokens made from now on work; those from before stay dead. */
int
auth_http_tenant_resume(struct bh_request *req)
{
	return set_state(req, "active", false);
}
