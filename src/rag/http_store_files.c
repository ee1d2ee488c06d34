/* http_store_files.c: files in vector stores. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "queue/worker.h"
#include "rag/attach.h"
#include "rag/http.h"
#include "rag/http_store_files.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/wire.h"

enum { LIST_PRESET = 20, LIST_MOST = 100 };

struct create {
	const char *file_id;
	const struct bh_json *attributes, *chunking;
};

static const struct bh_field create_fields[] = {
	{"file_id", BH_FIELD_TEXT, BH_REQUIRED, 0, 0, offsetof(struct create, file_id), BH_NO_SET},
	{"attributes", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct create, attributes),
		BH_NO_SET},
	{"chunking_strategy", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct create, chunking),
		BH_NO_SET},
};

/* A live store: BH_E_NOT_FOUND, BH_E_STATE when it has expired. */
int
rag_http_live_store(struct bh_request *req, struct bh_uuid *out)
{
	struct rag_store store;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, out);

	if (rc == 0)
		rc = rag_store_store_get(req->db, &req->tenant, out, &store);
	if (rc == 0 && store.expired)
		return bh_error(BH_E_STATE, "The vector store has expired.");
	return rc;
}

/* null and {} clear, so an absent member has to read as something else. */
int
rag_http_read_attributes(struct bh_request *req, const struct bh_json *object, const char *at,
	const char **out)
{
	const struct bh_json *value = bh_json_get(object, "attributes");

	if (value == NULL) {
		*out = NULL;
		return 0;
	}
	return rag_wire_pairs(req->arena, value, at, false, out);
}

int
rag_http_read_attach(struct bh_request *req, const struct bh_json *object, const char *at,
	struct rag_attach *out)
{
	struct create body = {0};
	char name[96];
	const char *dot = at[0] != '\0' ? "." : "";
	int rc = bh_fields_read(object, BH_LIST(create_fields), at, &body);

	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "%.32s%sfile_id", at, dot);
	if (bh_uuid_parse_id(body.file_id, RAG_FILE_PREFIX, &out->file_id) < 0)
		return rag_wire_missing(name, body.file_id);
	snprintf(name, sizeof(name), "%.32s%sattributes", at, dot);
	rc = rag_http_read_attributes(req, object, name, &out->attributes);
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "%.32s%schunking_strategy", at, dot);
	return rag_wire_chunking(body.chunking, name, out);
}

int
rag_http_check_files(struct bh_request *req, const struct rag_attach *files, size_t n,
	const char *at)
{
	struct bh_uuid *ids = bh_arena_array(req->arena, n + 1, sizeof(*ids)), missing;
	char text[RAG_ID_TEXT];
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		ids[i] = files[i].file_id;
	rc = rag_store_file_first_missing(req->db, &req->tenant, ids, n, &missing);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	bh_uuid_format_id(&missing, RAG_FILE_PREFIX, text, sizeof(text));
	return rag_wire_missing(at, text);
}

static int
reply_store_file(struct bh_request *req, const struct bh_uuid *store, const struct bh_uuid *file)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct rag_store_file row;
	int rc = rag_store_attachment_get(req->db, &req->tenant, store, file, &row);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rag_wire_store_file(&write, &row);
	rag_wire_poll_header(req, strcmp(row.status, "in_progress") == 0);
	return bh_reply_json(req, 200, &body);
}

/* POST /v1/vector_stores/{store}/files */
int
rag_http_store_file_create(struct bh_request *req)
{
	const struct rag *rag = req->service;
	struct rag_attach file = {0};
	struct bh_uuid store;
	int rc = rag_http_live_store(req, &store);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rc = bh_request_json(req);
	if (rc == 0)
		rc = rag_http_read_attach(req, req->body.root, "", &file);
	if (rc == 0)
		rc = rag_http_check_files(req, &file, 1, "file_id");
	if (rc == 0)
		rc = rag_attach_files(req->db, &req->tenant, &store, NULL, &file, 1, &rag->conf);
	if (rc == BH_E_REFERENCE)
		rc = BH_E_NOT_FOUND;
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_store_file(req, &store, &file.file_id);
}

static int
read_status(struct bh_request *req, const char **out)
{
	static const char *const states[] = {"in_progress", "completed", "failed", "cancelled"};
	size_t i;
	int rc = bh_request_query_text(req, "filter", out);

	if (rc < 0 || *out == NULL)
		return rc;
	for (i = 0; i < BH_COUNT(states); i++)
		if (strcmp(*out, states[i]) == 0)
			return 0;
	return bh_error_param(BH_E_INVALID, "filter",
		"'filter' must be one of in_progress, completed, failed, cancelled.");
}

/* The cursors name files; the list is in the order of attaching. */
static int
place_cursors(struct bh_request *req, const struct bh_uuid *store, struct bh_page *page)
{
	int rc = 0;

	if (page->has_after)
		rc = rag_store_attachment_cursor(req->db, &req->tenant, store, &page->after, &page->after);
	if (rc == 0 && page->has_before)
		rc = rag_store_attachment_cursor(req->db, &req->tenant, store, &page->before,
			&page->before);
	return rc;
}

int
rag_http_list_files(struct bh_request *req, const struct bh_uuid *store,
	const struct bh_uuid *batch)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct bh_page page = {0};
	struct rag_slice slice;
	struct rag_store_file *files = NULL;
	const char *status = NULL;
	size_t n = 0, i;
	bool more = false;
	int rc = bh_request_page(req, RAG_FILE_PREFIX, LIST_PRESET, LIST_MOST, &page);

	if (rc == 0)
		rc = read_status(req, &status);
	if (rc == 0)
		rc = place_cursors(req, store, &page);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	slice = rag_wire_slice(&page);
	rc = rag_store_attachment_list(req->db, &req->tenant, store, batch, status, &slice, &files, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	n = rag_wire_order(&slice, files, n, sizeof(*files), &more);
	rag_wire_list(&write);
	for (i = 0; i < n; i++)
		rag_wire_store_file(&write, &files[i]);
	rag_wire_list_end(&write, RAG_FILE_PREFIX, n > 0 ? &files[0].file_id : NULL,
		n > 0 ? &files[n - 1].file_id : NULL, more);
	return bh_reply_json(req, 200, &body);
}

/* GET /v1/vector_stores/{store}/files */
int
rag_http_store_file_list(struct bh_request *req)
{
	struct rag_store store;
	struct bh_uuid id;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &id);

	if (rc == 0)
		rc = rag_store_store_get(req->db, &req->tenant, &id, &store);
	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	return rag_http_list_files(req, &id, NULL);
}

/* The two ids of the path. A store that does not exist has no files: one look-up tells both. */
static int
read_path(struct bh_request *req, struct bh_uuid *store, struct bh_uuid *file)
{
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, store);

	return rc < 0 ? rc : bh_request_id(req, "file", RAG_FILE_PREFIX, file);
}

/* GET /v1/vector_stores/{store}/files/{file} */
int
rag_http_store_file_get(struct bh_request *req)
{
	struct bh_uuid store, file;
	int rc = read_path(req, &store, &file);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	return reply_store_file(req, &store, &file);
}

struct update {
	const struct bh_json *attributes;
};

static const struct bh_field update_fields[] = {
	{"attributes", BH_FIELD_OBJECT, BH_REQUIRED | BH_NULLABLE, 0, 0,
		offsetof(struct update, attributes), BH_NO_SET},
};

/* POST /v1/vector_stores/{store}/files/{file}: new attributes in place of all old ones. */
int
rag_http_store_file_update(struct bh_request *req)
{
	struct update body = {0};
	struct bh_uuid store, file;
	const char *attributes = NULL;
	int rc = read_path(req, &store, &file);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rc = bh_request_fields(req, BH_LIST(update_fields), &body);
	if (rc == 0)
		rc = rag_wire_pairs(req->arena, body.attributes, "attributes", false, &attributes);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = rag_store_attachment_attributes(req->db, &req->tenant, &store, &file, attributes);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	return reply_store_file(req, &store, &file);
}

/* DELETE /v1/vector_stores/{store}/files/{file}: the file itself stays. */
int
rag_http_store_file_delete(struct bh_request *req)
{
	struct bh_uuid store, file;
	int rc = read_path(req, &store, &file);

	if (rc == 0)
		rc = rag_remove_attachment(req->db, &req->tenant, &store, &file);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	return rag_wire_reply_deleted(req, RAG_FILE_PREFIX, &file, "vector_store.file.deleted");
}

/* GET /v1/vector_stores/{store}/files/{file}/content: the whole extracted text as one item, so that
 * every offset elsewhere counts in it. */
int
rag_http_store_file_content(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct rag_store_file row;
	struct bh_uuid store, file;
	const char *text = NULL;
	int rc = read_path(req, &store, &file);

	if (rc == 0)
		rc = rag_store_attachment_get(req->db, &req->tenant, &store, &file, &row);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rc = rag_store_document_text(req->db, &req->tenant, &file, &text);
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return bh_reply_error(req, rc, NULL);

	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "vector_store.file_content.page");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	if (text != NULL) {
		bh_write_object(&write);
		bh_write_pair_text(&write, "type", "text");
		bh_write_pair_text(&write, "text", text);
		bh_write_end(&write);
	}
	bh_write_end(&write);
	bh_write_pair_bool(&write, "has_more", false);
	bh_write_pair_null(&write, "next_page");
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}
