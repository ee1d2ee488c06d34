/* SPDX-License-Identifier: Apache-2.0 */
/* http_deletion.c: the platform's staff deletes a tenant, and reads the receipts. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/deletion.h"
#include "auth/push.h"
#include "service/list.h"
#include "service/request.h"

static const char *
status_of(const void *row)
{
	return ((const struct auth_deletion *)row)->completed_ms != 0 ? "completed" : "in_progress";
}

#define AT(member) offsetof(struct auth_deletion, member)

static const struct bh_field deletion_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "tenant_deletion"},
	{"tenant", BH_FIELD_ID, AT(target)},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"requested_by", BH_FIELD_TEXT, AT(requested_by)},
	{"status", BH_FIELD_CHOICE, .text_of = status_of, .words = "in_progress completed"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"completed_at", BH_FIELD_TIME, AT(completed_ms), BH_NULLABLE},
	{"receipt", BH_FIELD_JSON, AT(receipt), BH_NULLABLE},
	{"receipt_sha256", BH_FIELD_TEXT, AT(sha256), BH_NULLABLE},
	{"receipt_signature", BH_FIELD_TEXT, AT(signature), BH_NULLABLE},
	{"key_destroyed_at", BH_FIELD_TIME, AT(key_destroyed_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape auth_deletion_shape = BH_SHAPE("TenantDeletion", struct auth_deletion,
	deletion_fields);

/* DELETE /api/tenants/{tenant}?confirm=NAME: the same deletion however often it is asked for. */
int
auth_http_tenant_delete(struct bh_request *req)
{
	struct auth_deletion deletion = {0};
	struct auth_deletion_ask ask = {.subject = req->claims.subject_text};
	bool begun = false;
	int rc = bh_request_uuid(req, "tenant", &ask.target);

	if (rc < 0)
		return bh_reply_error(req, rc, "tenant");
	rc = bh_request_query_text(req, "confirm", &ask.confirm);
	if (rc == 0 && ask.confirm == NULL)
		rc = bh_error_param(BH_E_INVALID, "confirm", "'confirm' must be the name of the tenant.");
	if (rc == 0)
		rc = auth_deletion_begin(req->db, &ask, &deletion, &begun);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_uuid(&req->audit, "target_tenant_id", &ask.target);
	bh_audit_uuid(&req->audit, "receipt", &deletion.id);
	if (begun) {
		auth_push_pending(req->runtime, req->service);
		bh_runtime_wake(req->runtime, AUTH_WORKER_DELETION);
	}
	return bh_reply_object(req, deletion.completed_ms != 0 ? 200 : 202, &auth_deletion_shape,
		&deletion);
}

/* GET /api/receipts */
int
auth_http_receipt_list(struct bh_request *req)
{
	struct auth_deletion *deletions = NULL;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &auth_paging, &page);

	if (rc == 0)
		rc = auth_store_deletion_list(req->db, &page.after, page.limit + 1, &deletions, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &auth_deletion_shape, &page, deletions, n);
}

/* GET /api/receipts/{id} */
int
auth_http_receipt_get(struct bh_request *req)
{
	struct auth_deletion deletion = {0};
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "id", &id);

	if (rc == 0)
		rc = auth_store_deletion_get(req->db, &id, &deletion);
	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	return bh_reply_object(req, 200, &auth_deletion_shape, &deletion);
}
