/* SPDX-License-Identifier: Apache-2.0 */
/* http_export.c: a vector store as an archive, while it is read. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rag/export.h"
#include "rag/http.h"
#include "rag/rag.h"
#include "service/request.h"

/* Lies in the request's arena. */
struct sending {
	struct rag_export *export;
	char request_id[BH_UUID_HEX];
};

static ssize_t
export_next(void *state, char *out, size_t size)
{
	struct sending *sending = state;
	ssize_t n;

	bh_log_request(sending->request_id);
	n = rag_export_next(sending->export, out, size);
	if (n < 0 && n != BH_E_GONE)
		bh_log_failure("export a vector store", (int)n);
	return n;
}

static void
export_close(void *state)
{
	rag_export_close(((struct sending *)state)->export);
}

/* GET /v1/vector_stores/{store}/export: with the files' bytes, so it needs both scopes. */
int
rag_http_store_export(struct bh_request *req)
{
	struct sending *sending = bh_arena_alloc(req->arena, sizeof(*sending));
	struct bh_uuid store;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &store);

	if (!bh_text_has_word(req->claims.scope, "files:read"))
		return bh_reply_error(req,
			bh_error(BH_E_FORBIDDEN, "An export contains files and requires the scope files:read."),
			NULL);
	if (rc == 0)
		rc = rag_export_open(req->service, req->db, &req->tenant, &store,
			bh_http_client_fd(req->http), req->arena, &sending->export);
	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	memcpy(sending->request_id, req->request_id,
		strnlen(req->request_id, sizeof(sending->request_id) - 1));
	bh_reply_header(req, "content-disposition", "attachment; filename=\"vector-store.tar\"");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	return bh_reply_content(req, 200, "application/x-tar",
		&(struct bh_http_stream){.next = export_next, .close = export_close, .state = sending});
}
