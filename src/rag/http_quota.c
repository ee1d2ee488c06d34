/* SPDX-License-Identifier: Apache-2.0 */
/* http_quota.c: what the platform's operator reads and sets of a tenant's storage. */
#include "rag/http.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "service/request.h"

#define LIMIT_MOST 1e15

struct quota {
	int64_t bytes_max, bytes, files_max, files, stores;
};

#define AT(member) offsetof(struct quota, member)

static const struct bh_field shown_fields[] = {
	{"storage_bytes", BH_FIELD_INT, AT(bytes_max)},
	{"storage_used_bytes", BH_FIELD_INT, AT(bytes)},
	{"storage_files", BH_FIELD_INT, AT(files_max)},
	{"storage_used_files", BH_FIELD_INT, AT(files)},
	{"vector_stores", BH_FIELD_INT, AT(stores)},
};

#undef AT

const struct bh_shape rag_quota_shape = BH_SHAPE("TenantStorage", struct quota, shown_fields);

/* GET /api/tenants/{tenant}/storage: 0 is no limit. */
int
rag_http_quota_get(struct bh_request *req)
{
	const struct rag *rag = req->service;
	struct rag_kept kept;
	struct quota quota;
	int rc = rag_store_quota_get(req->target_db, &req->target, &kept);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	quota = (struct quota){rag_quota_bytes_max(&rag->conf, &kept), kept.bytes,
		rag_quota_files_max(&rag->conf, &kept), kept.files, kept.stores};
	return bh_reply_object(req, 200, &rag_quota_shape, &quota);
}

#define AT(member) offsetof(struct rag_quota_change, member)
#define SET(member) BH_SET(struct rag_quota_change, member)

static const struct bh_field change_fields[] = {
	{"storage_bytes", BH_FIELD_INT, AT(bytes_max), 0, 0, LIMIT_MOST, .set = SET(has_bytes)},
	{"storage_files", BH_FIELD_INT, AT(files_max), 0, 0, LIMIT_MOST, .set = SET(has_files)},
};

const struct bh_shape rag_quota_change = BH_SHAPE("TenantStorageChange", struct rag_quota_change,
	change_fields);

/* PUT /api/tenants/{tenant}/storage: what is not named stays. */
int
rag_http_quota_put(struct bh_request *req)
{
	struct rag_quota_change change = {0};
	int rc = bh_request_object(req, &rag_quota_change, &change);

	if (rc == 0)
		rc = rag_store_quota_set(req->target_db, &req->target, &change);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(&req->audit, "storage_bytes", change.has_bytes ? change.bytes_max : -1);
	bh_audit_int(&req->audit, "storage_files", change.has_files ? change.files_max : -1);
	return rag_http_quota_get(req);
}
