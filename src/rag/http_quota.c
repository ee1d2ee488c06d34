/* http_quota.c: what the platform's operator reads and sets of a tenant's storage. */
#include "rag/http.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "service/request.h"

#define LIMIT_MOST 1e15

static int
reply_quota(struct bh_request *req)
{
	const struct rag *rag = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct rag_kept kept;
	int rc = rag_store_quota_get(req->target_db, &req->target, &kept);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_int(&write, "storage_bytes", rag_quota_bytes_max(&rag->conf, &kept));
	bh_write_pair_int(&write, "storage_used_bytes", kept.bytes);
	bh_write_pair_int(&write, "storage_files", rag_quota_files_max(&rag->conf, &kept));
	bh_write_pair_int(&write, "storage_used_files", kept.files);
	bh_write_pair_int(&write, "vector_stores", kept.stores);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* GET /api/tenants/{tenant}/storage: 0 is no limit. */
int
rag_http_quota_get(struct bh_request *req)
{
	return reply_quota(req);
}

static const struct bh_field quota_fields[] = {
	{"storage_bytes", BH_FIELD_INT, 0, 0, LIMIT_MOST, offsetof(struct rag_quota_change, bytes_max),
		offsetof(struct rag_quota_change, has_bytes)},
	{"storage_files", BH_FIELD_INT, 0, 0, LIMIT_MOST, offsetof(struct rag_quota_change, files_max),
		offsetof(struct rag_quota_change, has_files)},
};

/* PUT /api/tenants/{tenant}/storage: what is not named stays. */
int
rag_http_quota_put(struct bh_request *req)
{
	struct rag_quota_change change = {0};
	int rc = bh_request_fields(req, BH_LIST(quota_fields), &change);

	if (rc == 0)
		rc = rag_store_quota_set(req->target_db, &req->target, &change);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(req, "storage_bytes", change.has_bytes ? change.bytes_max : -1);
	bh_audit_int(req, "storage_files", change.has_files ? change.files_max : -1);
	return reply_quota(req);
}
