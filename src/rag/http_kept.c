/* SPDX-License-Identifier: Apache-2.0 */
/* http_kept.c: files that other services keep for a tenant: pictures and sound that were made. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "object/object.h"
#include "rag/file.h"
#include "rag/http.h"
#include "rag/quota.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "rag/wire.h"

enum { COPY_BYTES = 64 * 1024, NAME_MOST = 255 };

/* ?filename=…&content_type=…&purpose=…, and expires_s where it is not for good. */
static int
read_query(struct bh_request *req, struct rag_new_file *new_file)
{
	struct rag_file *file = &new_file->file;
	int rc = bh_request_query_text(req, "filename", &file->filename);

	file->content_type = "application/octet-stream";
	if (rc == 0)
		rc = bh_request_query_text(req, "content_type", &file->content_type);
	if (rc == 0)
		rc = bh_request_query_text(req, "purpose", &file->purpose);
	if (rc == 0)
		rc = bh_request_query_int(req, "expires_s", 1, INT32_MAX, &new_file->expires_s);
	if (rc < 0)
		return rc;
	if (file->filename == NULL || file->filename[0] == '\0' || strlen(file->filename) > NAME_MOST)
		return bh_error_param(BH_E_INVALID, "filename", "'filename' must be a name.");
	if (strlen(file->content_type) > NAME_MOST)
		return bh_error_param(BH_E_INVALID, "content_type", "'content_type' is too long.");
	if (file->purpose == NULL || !bh_text_has_word(RAG_PURPOSES, file->purpose))
		return bh_error_param(BH_E_INVALID, "purpose", "'purpose' must be one of a file's.");
	return 0;
}

/* The body, from memory or its spool file, as an object. */
static int
write_object(struct bh_request *req, struct bh_object_writer *writer)
{
	const struct bh_http_exchange *http = req->http;
	char *bytes;
	int64_t left = http->body_bytes;
	int rc = 0;

	if (http->body_fd < 0)
		return bh_object_write(writer, http->body.data, http->body.len);
	bytes = bh_arena_alloc(req->arena, COPY_BYTES);
	while (rc == 0 && left > 0) {
		ssize_t n = pread(http->body_fd, bytes, COPY_BYTES, http->body_bytes - left);

		if (n <= 0)
			return bh_error(BH_E_IO, "read a spooled body: %m");
		rc = bh_object_write(writer, bytes, (size_t)n);
		left -= n;
	}
	return rc;
}

static int
keep(struct bh_request *req, struct rag_new_file *new_file)
{
	struct rag *rag = req->service;
	BH_AUTO(bh_object_writer_close) struct bh_object_writer writer = {0};
	int rc = bh_object_store_spools(rag->objects) ? bh_request_spool(req, req->http->body_bytes)
												  : 0;

	if (rc == 0)
		rc = bh_object_create(rag->objects, &req->tenant, &new_file->file.id, &writer);
	if (rc == 0)
		rc = write_object(req, &writer);
	new_file->file.bytes = writer.bytes;
	if (rc == 0)
		rc = bh_object_publish(&writer, &new_file->hash);
	return rc < 0 ? rc : rag_file_add(req->db, new_file);
}

/* PUT /internal/files/{file}: keeps the body as a file of this id, which the caller has made for these bytes and never
 * uses for others: where it is there already it is answered as it is, so that it may be asked again. */
int
rag_http_kept_put(struct bh_request *req)
{
	struct rag_new_file new_file = {.rag = req->service, .tenant = &req->tenant};
	struct rag_file *file = &new_file.file;
	int rc = bh_request_id(req, "file", RAG_FILE_PREFIX, &file->id);

	if (rc == 0)
		rc = read_query(req, &new_file);
	if (rc == 0 && req->http->body_bytes == 0)
		rc = bh_error(BH_E_INVALID, "A file that is kept must not be empty.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	rc = rag_store_file_get(req->db, &req->tenant, &file->id, file);
	if (rc == BH_E_NOT_FOUND) {
		rc = keep(req, &new_file);
		if (rc == BH_E_CONFLICT)
			rc = rag_store_file_get(req->db, &req->tenant, &file->id, file);
	}
	if (new_file.object_left)
		bh_audit_text(&req->audit, "object_left", "true");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(&req->audit, "bytes", file->bytes);
	return bh_reply_object(req, 200, &rag_file_shape, file);
}

/* GET /internal/room?files=N&bytes=N: whether that many files, of that many bytes together, could be kept now: for
 * whoever would pay for what cannot be kept. */
int
rag_http_kept_room(struct bh_request *req)
{
	const struct rag *rag = req->service;
	int64_t files = 0, bytes = 0;
	int rc = bh_request_query_int(req, "files", 0, INT32_MAX, &files);

	if (rc == 0)
		rc = bh_request_query_int(req, "bytes", 0, INT64_MAX / 4, &bytes);
	if (rc == 0)
		rc = rag_quota_room(req->db, &req->tenant, files, bytes, &rag->conf);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_text(req, 200, "application/json", "{}");
}
