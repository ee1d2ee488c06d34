/* SPDX-License-Identifier: Apache-2.0 */
/* http_tenant.c: the platform's staff makes, lists, suspends and resumes tenants. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/names.h"
#include "auth/push.h"
#include "auth/store_revocation.h"
#include "auth/store_tenant.h"
#include "service/list.h"
#include "service/request.h"

struct tenant_new {
	const char *name;
};

static const struct bh_field create_fields[] = {
	{"name", BH_FIELD_TEXT, offsetof(struct tenant_new, name), BH_REQUIRED, 1, 128},
};

const struct bh_shape auth_tenant_create = BH_SHAPE("TenantCreate", struct tenant_new,
	create_fields);

#define AT(member) offsetof(struct auth_tenant, member)

static const struct bh_field tenant_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "tenant"},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"state", BH_FIELD_TEXT, AT(state)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
};

const struct bh_shape auth_tenant_shape = BH_SHAPE("Tenant", struct auth_tenant, tenant_fields);

/* GET /api/tenants?name=: a page; with a name the one that has it. */
int
auth_http_tenant_list(struct bh_request *req)
{
	struct auth_tenant *tenants = NULL;
	struct bh_page page;
	const char *name = NULL;
	size_t n = 0;
	int rc = bh_list_page(req, &auth_paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "name", &name);
	if (rc == 0)
		rc = auth_store_tenant_list(req->db, name, &page.after, page.limit + 1, &tenants, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &auth_tenant_shape, &page, tenants, n);
}

/* POST /api/tenants: {"name"} */
int
auth_http_tenant_create(struct bh_request *req)
{
	const struct bh_uuid id = bh_uuid_new();
	struct tenant_new body = {0};
	struct auth_tenant tenant = {0};
	const char *key = NULL;
	int rc = bh_request_object(req, &auth_tenant_create, &body);

	if (rc == 0)
		rc = auth_tenant_name_check(body.name);
	if (rc == 0)
		rc = auth_tenant_name_key(req->arena, body.name, &key);
	if (rc == 0)
		rc = auth_store_tenant_add(req->db, &id, body.name, key, &tenant);
	if (rc == BH_E_CONFLICT)
		rc = bh_error_param(BH_E_EXISTS, "name",
			"A tenant with this name, or one that looks like it, already exists.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_uuid(&req->audit, "target_tenant_id", &id);
	return bh_reply_object(req, 201, &auth_tenant_shape, &tenant);
}

/* GET /api/tenants/{tenant} */
int
auth_http_tenant_get(struct bh_request *req)
{
	struct auth_tenant tenant = {0};
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "tenant", &id);

	if (rc == 0)
		rc = auth_store_tenant_get(req->db, &id, &tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	return bh_reply_object(req, 200, &auth_tenant_shape, &tenant);
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
	struct auth_tenant tenant = {0};
	int rc = auth_store_tenant_lock(tx, set->id);

	if (rc == 0)
		rc = auth_store_tenant_get(tx, set->id, &tenant);
	if (rc == 0 && strcmp(tenant.state, AUTH_TENANT_DELETING) == 0)
		rc = bh_error(BH_E_STATE, "The tenant is being deleted.");
	if (rc == 0)
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
	int rc = bh_request_uuid(req, "tenant", &id);

	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	if (bh_uuid_equal(&id, &bh_platform_tenant))
		return bh_reply_error(req, bh_error(BH_E_STATE, "The platform tenant cannot be suspended."),
			"tenant");
	rc = bh_tx_run(req->db, set_state_work, &set);
	if (rc == 0)
		rc = auth_store_tenant_get(req->db, &id, &tenant);
	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	bh_audit_uuid(&req->audit, "target_tenant_id", &id);
	if (revokes)
		auth_push_pending(req->runtime, req->service);
	else
		auth_push_tenant(req->runtime, &id);
	return bh_reply_object(req, 200, &auth_tenant_shape, &tenant);
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
