/* SPDX-License-Identifier: Apache-2.0 */
/* http_receipts.c: what deletions removed, for whoever may read files and stores, and for the operator. */
#include "rag/http.h"
#include "rag/store_receipt.h"
#include "rag/wire.h"
#include "service/list.h"
#include "service/request.h"

static const struct bh_paging paging = {20, 100, "after before order", RAG_RECEIPT_PREFIX};

static int
reply_receipts(struct bh_request *req, struct bh_db *db, const struct bh_uuid *tenant)
{
	struct rag_receipt *receipts = NULL;
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = rag_store_receipt_list(db, tenant, &slice, &receipts, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &rag_receipt_shape, &page, receipts, n);
}

/* GET /v1/receipts */
int
rag_http_receipt_list(struct bh_request *req)
{
	return reply_receipts(req, req->db, &req->tenant);
}

/* GET /api/tenants/{tenant}/receipts */
int
rag_http_receipt_list_of(struct bh_request *req)
{
	return reply_receipts(req, req->target_db, &req->target);
}

/* GET /v1/receipts/{receipt} */
int
rag_http_receipt_get(struct bh_request *req)
{
	struct rag_receipt receipt;
	struct bh_uuid id;
	int rc = bh_request_id(req, "receipt", RAG_RECEIPT_PREFIX, &id);

	if (rc == 0)
		rc = rag_store_receipt_get(req->db, &req->tenant, &id, &receipt);
	if (rc < 0)
		return bh_reply_error(req, rc, "receipt_id");
	return bh_reply_object(req, 200, &rag_receipt_shape, &receipt);
}
