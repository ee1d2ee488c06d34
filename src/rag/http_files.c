/* SPDX-License-Identifier: Apache-2.0 */
/* http_files.c: uploaded files. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/multipart.h"
#include "object/object.h"
#include "queue/worker.h"
#include "rag/file.h"
#include "rag/http.h"
#include "rag/http_files.h"
#include "rag/object.h"
#include "rag/store_receipt.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/wire.h"

enum { COPY_BYTES = 64 * 1024, VALUE_MAX = 64, LIST_MOST = 10000 };

/* A form as it is read: parts come in any order, so the file is written before its purpose is known
 * and published only when everything is right. */
struct upload {
	struct rag_new_file new_file;
	struct bh_object_writer writer;
	bool has_file;
	const char *anchor;
};

static void
upload_close(struct upload *upload)
{
	bh_object_writer_close(&upload->writer);
}

static int
check_purpose(const char *purpose)
{
	return bh_text_has_word(RAG_PURPOSES, purpose)
		? 0
		: bh_error_param(BH_E_INVALID, "purpose",
			  "'purpose' must be one of assistants, batch, fine-tune, vision, user_data.");
}

/* A short text part. */
static int
read_value(struct bh_request *req, struct bh_multipart *form, const char *name, const char **out)
{
	char value[VALUE_MAX + 1];
	size_t len = 0;
	ssize_t n;

	while ((n = bh_multipart_read(form, value + len, sizeof(value) - len)) > 0) {
		len += (size_t)n;
		if (len > VALUE_MAX)
			return bh_error_param(BH_E_INVALID, name, "'%s' is too long.", name);
	}
	if (n < 0)
		return (int)n;
	if (!bh_text_is_utf8(value, len) || memchr(value, '\0', len) != NULL)
		return bh_error_param(BH_E_UTF8, name,
			"'%s' is not valid UTF-8 text without NUL characters.", name);
	*out = bh_arena_copy(req->arena, value, len);
	return 0;
}

int
rag_http_read_object(struct bh_request *req, struct bh_multipart *form, const char *name,
	int64_t most, const struct bh_uuid *id, struct bh_object_writer *writer)
{
	struct rag *rag = req->service;
	char *bytes = bh_arena_alloc(req->arena, COPY_BYTES);
	ssize_t n;
	int rc = bh_object_store_spools(rag->objects) ? bh_request_spool(req, req->http->body_bytes)
												  : 0;

	if (rc == 0)
		rc = bh_object_create(rag->objects, &req->tenant, id, writer);
	if (rc < 0)
		return rc;
	while ((n = bh_multipart_read(form, bytes, COPY_BYTES)) > 0) {
		if (writer->bytes + n > most)
			return bh_error_param(BH_E_TOO_LARGE, name, "'%s' must have at most %lld MB.", name,
				(long long)(most / BH_MIB));
		rc = bh_object_write(writer, bytes, (size_t)n);
		if (rc < 0)
			return rc;
	}
	return n < 0 ? (int)n : 0;
}

static int
read_file(struct bh_request *req, struct bh_multipart *form, const struct bh_multipart_part *part,
	struct upload *upload)
{
	struct rag_file *file = &upload->new_file.file;
	int rc;

	if (upload->has_file)
		return bh_error_param(BH_E_INVALID, "file", "'file' must be sent only once.");
	if (part->filename == NULL || part->filename[0] == '\0')
		return bh_error_param(BH_E_INVALID, "file", "'file' must be a file with a file name.");
	file->filename = bh_arena_strdup(req->arena, part->filename);
	file->content_type = bh_arena_copy(req->arena, part->content_type,
		bh_text_cut(part->content_type, strlen(part->content_type), 255));

	upload->has_file = true;
	rc = rag_http_read_object(req, form, "file", RAG_FILE_BYTES_MAX, &file->id, &upload->writer);
	file->bytes = upload->writer.bytes;
	return rc;
}

static int
read_part(struct bh_request *req, struct bh_multipart *form, const struct bh_multipart_part *part,
	struct upload *upload)
{
	const char *text = NULL;
	int rc;

	if (strcmp(part->name, "file") == 0)
		return read_file(req, form, part, upload);
	if (strcmp(part->name, "purpose") == 0)
		return read_value(req, form, "purpose", &upload->new_file.file.purpose);
	if (strcmp(part->name, "expires_after[anchor]") == 0)
		return read_value(req, form, "expires_after.anchor", &upload->anchor);
	if (strcmp(part->name, "expires_after[seconds]") != 0)
		return bh_error_param(BH_E_UNKNOWN_FIELD, bh_arena_strdup(req->arena, part->name),
			"Unknown form field.");

	rc = read_value(req, form, "expires_after.seconds", &text);
	if (rc < 0)
		return rc;
	if (bh_text_int(text, RAG_EXPIRES_LEAST_S, RAG_EXPIRES_MOST_S, &upload->new_file.expires_s) < 0)
		return bh_error_param(BH_E_RANGE, "expires_after.seconds",
			"'expires_after.seconds' must be between 3600 and 2592000.");
	return 0;
}

static int
check_upload(const struct upload *upload)
{
	if (!upload->has_file)
		return bh_error_param(BH_E_MISSING, "file", "'file' is required.");
	if (upload->new_file.file.purpose == NULL)
		return bh_error_param(BH_E_MISSING, "purpose", "'purpose' is required.");
	if ((upload->anchor != NULL) != (upload->new_file.expires_s != 0))
		return bh_error_param(BH_E_MISSING, "expires_after",
			"'expires_after' requires both 'anchor' and 'seconds'.");
	if (upload->anchor != NULL && strcmp(upload->anchor, "created_at") != 0)
		return bh_error_param(BH_E_INVALID, "expires_after.anchor",
			"'expires_after.anchor' must be 'created_at'.");
	return check_purpose(upload->new_file.file.purpose);
}

static void
close_form(struct bh_multipart **form)
{
	bh_multipart_close(*form);
}

static int
read_form(struct bh_request *req, struct upload *upload)
{
	BH_AUTO(close_form) struct bh_multipart *form = NULL;
	struct bh_multipart_part part;
	bool end = false;
	int rc = bh_multipart_open(req->http, &form);

	while (rc == 0) {
		rc = bh_multipart_next(form, &part, &end);
		if (rc < 0 || end)
			break;
		rc = read_part(req, form, &part, upload);
	}
	return rc < 0 ? rc : check_upload(upload);
}

/* POST /v1/files: the bytes are in the object store before the row says so. */
int
rag_http_file_create(struct bh_request *req)
{
	BH_AUTO(upload_close)
	struct upload upload = {
		.new_file = {.rag = req->service, .tenant = &req->tenant, .file = {.id = bh_uuid_new()}}};
	int rc = read_form(req, &upload);

	if (rc == 0)
		rc = bh_object_publish(&upload.writer, &upload.new_file.hash);
	if (rc == 0)
		rc = rag_file_add(req->db, &upload.new_file);
	if (upload.new_file.object_left)
		bh_audit_text(&req->audit, "object_left", "true");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(&req->audit, "bytes", upload.new_file.file.bytes);
	return bh_reply_object(req, 200, &rag_file_shape, &upload.new_file.file);
}

static const struct bh_paging paging = {LIST_MOST, LIST_MOST, "after before order",
	RAG_FILE_PREFIX};

/* GET /v1/files */
int
rag_http_file_list(struct bh_request *req)
{
	struct bh_page page;
	struct bh_slice slice;
	struct rag_file *files = NULL;
	const char *purpose = NULL;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "purpose", &purpose);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	slice = bh_list_slice(&page);
	rc = rag_store_file_list(req->db, &req->tenant, &slice, purpose, &files, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &rag_file_shape, &page, files, n);
}

static int
find_file(struct bh_request *req, struct rag_file *out)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "file", RAG_FILE_PREFIX, &id);

	return rc < 0 ? rc : rag_store_file_get(req->db, &req->tenant, &id, out);
}

/* GET /v1/files/{file} */
int
rag_http_file_get(struct bh_request *req)
{
	struct rag_file file;
	int rc = find_file(req, &file);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	return bh_reply_object(req, 200, &rag_file_shape, &file);
}

/* DELETE /v1/files/{file} */
int
rag_http_file_delete(struct bh_request *req)
{
	const struct rag *rag = req->service;
	struct bh_uuid object;
	struct rag_file file;
	struct bh_uuid receipt;
	int rc = find_file(req, &file);

	if (rc == 0)
		rc = rag_remove_file(req->db, &req->tenant, &file.id, &receipt, &object);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	/* Its job stands behind all that the tenant has waiting. The quota is free at once, so the disk must
	 * be: else it would be filled by whoever uploads and deletes. The job removes what is left here. */
	if (!bh_uuid_is_zero(&object)) {
		if (bh_object_remove(rag->objects, &req->tenant, &object) < 0)
			bh_audit_text(&req->audit, "object_left", "true");
		else
			rc = rag_store_receipt_object(req->db, &req->tenant, &object);
	}
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return rag_wire_reply_deleted(req, "file", "file", &receipt);
}

/* attachment; filename*=UTF-8''… (RFC 6266) */
static const char *
disposition(struct bh_request *req, const char *filename)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	bh_buf_text(&text, "attachment; filename*=UTF-8''");
	bh_text_url(&text, filename);
	return bh_arena_strdup(req->arena, bh_buf_string(&text));
}

#define CONTENT_TYPE "application/octet-stream"

/* A link to the object store in place of the bytes. BH_E_UNSUPPORTED where there is none; it is good for GET only. */
static int
reply_link(struct bh_request *req, const struct rag_file *file)
{
	struct rag *rag = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf url = {0};
	int64_t seconds = bh_runtime_conf(req->runtime)->object.s3_download_s;
	int rc = BH_E_UNSUPPORTED;

	if (seconds > 0 && strcmp(req->http->method, "HEAD") != 0)
		rc = bh_object_url(rag->objects, &req->tenant, &file->object_id, seconds, CONTENT_TYPE,
			disposition(req, file->filename), &url);
	if (rc < 0)
		return rc;
	bh_audit_int(&req->audit, "link_s", seconds);
	bh_reply_header(req, "location", bh_buf_string(&url));
	bh_reply_header(req, "cache-control", "no-store");
	return bh_reply_empty(req, 307);
}

static ssize_t
download_next(void *state, char *out, size_t size)
{
	ssize_t n = bh_object_stream_next(state, out, size);

	if (n < 0 && n != BH_E_GONE)
		bh_log_failure("send a file", (int)n);
	return n;
}

static void
download_close(void *state)
{
	bh_object_stream_close(state);
}

/* What is sent of a file. */
struct content {
	const struct rag_file *file;
	struct bh_http_range part;
	int status;
};

static int
reply_stream(struct bh_request *req, const struct content *content)
{
	struct rag *rag = req->service;
	struct bh_object_stream *stream = bh_arena_alloc(req->arena, sizeof(*stream));
	int rc = rag_object_stream(rag, &req->tenant, content->file, &content->part,
		bh_http_client_fd(req->http), stream);

	if (rc < 0)
		return rc;
	return bh_reply_content(req, content->status, CONTENT_TYPE,
		&(struct bh_http_stream){.next = download_next,
			.close = download_close,
			.state = stream,
			.bytes = content->part.bytes});
}

static int
reply_file(struct bh_request *req, const struct content *content)
{
	struct rag *rag = req->service;
	int fd = -1;
	int rc = 0;

	if (bh_object_store_spools(rag->objects))
		rc = bh_request_spool(req, content->file->bytes);
	if (rc == 0)
		rc = rag_object_open(rag, &req->tenant, content->file, &fd);
	return rc < 0 ? rc
				  : bh_reply_file(req, content->status, CONTENT_TYPE, fd, content->part.start,
						content->part.bytes);
}

/* The bytes of a file never change: its hash names them. */
static const char *
entity_tag(struct bh_request *req, const struct rag_file *file)
{
	char hex[2 * sizeof(struct bh_digest) + 1];

	bh_text_hex(file->sha256.data, file->sha256.len, hex);
	return bh_arena_printf(req->arena, "\"%s\"", hex);
}

/* Of a GET only, and where If-Range has another tag all of it is sent (RFC 9110, 13.1.5 and 14.2). */
static enum bh_http_range_kind
find_part(struct bh_request *req, const char *tag, struct content *content)
{
	const char *if_range = bh_http_header(req->http, "if-range");
	const char *header = bh_http_header(req->http, "range");

	if (strcmp(req->http->method, "GET") != 0 || (if_range != NULL && strcmp(if_range, tag) != 0))
		header = NULL;
	return bh_http_range_read(header, content->file->bytes, &content->part);
}

static int
reply_content(struct bh_request *req, const struct rag_file *file)
{
	struct content content = {.file = file, .status = 200};
	const char *tag = entity_tag(req, file);
	const enum bh_http_range_kind kind = find_part(req, tag, &content);
	const struct bh_http_range *part = &content.part;
	int rc;

	bh_reply_header(req, "accept-ranges", "bytes");
	if (kind == BH_RANGE_NONE) {
		bh_reply_header(req, "content-range",
			bh_arena_printf(req->arena, "bytes */%lld", (long long)file->bytes));
		return BH_E_NO_RANGE;
	}
	bh_reply_header(req, "content-disposition", disposition(req, file->filename));
	bh_reply_header(req, "x-content-type-options", "nosniff");
	bh_reply_header(req, "etag", tag);
	if (kind == BH_RANGE_PART) {
		content.status = 206;
		bh_reply_header(req, "content-range",
			bh_arena_printf(req->arena, "bytes %lld-%lld/%lld", (long long)part->start,
				(long long)(part->start + part->bytes - 1), (long long)file->bytes));
	}
	rc = reply_stream(req, &content);
	return rc == BH_E_UNSUPPORTED ? reply_file(req, &content) : rc;
}

/* GET /v1/files/{file}/content: the bytes as they came; never of a type that a browser would run. */
int
rag_http_file_content(struct bh_request *req)
{
	struct rag_file file;
	int rc = find_file(req, &file);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rc = reply_link(req, &file);
	if (rc == BH_E_UNSUPPORTED)
		rc = reply_content(req, &file);
	return rc < 0 ? bh_reply_error(req, rc, "file_id") : 0;
}

/* GET /internal/files/{file}/content: the same, and never a link. */
int
rag_http_file_content_internal(struct bh_request *req)
{
	struct rag_file file;
	int rc = find_file(req, &file);

	if (rc == 0)
		rc = reply_content(req, &file);
	return rc < 0 ? bh_reply_error(req, rc, "file_id") : 0;
}
