/* SPDX-License-Identifier: Apache-2.0 */
/* http_store_files.c: files in vector stores. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "queue/worker.h"
#include "rag/attach.h"
#include "rag/http.h"
#include "rag/http_store_files.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/wire.h"

enum { LIST_PRESET = 20, LIST_MOST = 100, NAME_BYTES = 255 };

struct create {
	struct bh_uuid file_id;
	const char *attributes;
	const struct bh_json *chunking;
};

#define AT(member) offsetof(struct create, member)

static const struct bh_field create_fields[] = {
	{"file_id", BH_FIELD_ID, AT(file_id), BH_REQUIRED, .words = RAG_FILE_PREFIX},
	/* null and {} clear; absent they stay. */
	{"attributes", BH_FIELD_METADATA, AT(attributes), BH_NULL_IS_VALUE | BH_MIXED},
	{"chunking_strategy", BH_FIELD_OBJECT, AT(chunking), BH_NULLABLE},
};

#undef AT

const struct bh_shape rag_store_file_create = BH_SHAPE("StoreFileCreate", struct create,
	create_fields);

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

int
rag_http_read_attach(struct bh_request *req, const struct bh_json *object, const char *at,
	struct rag_attach *out)
{
	struct create body = {0};
	struct rag_attach attach = {0};
	char name[96];
	int rc = bh_fields_read(req->arena, object, BH_LIST(create_fields), at, &body);

	snprintf(name, sizeof(name), "%.32s%schunking_strategy", at, at[0] != '\0' ? "." : "");
	if (rc == 0)
		rc = rag_wire_chunking(body.chunking, name, &attach);
	if (rc < 0)
		return rc;
	attach.file_id = body.file_id;
	attach.attributes = body.attributes;
	*out = attach;
	return 0;
}

int
rag_http_check_files(struct bh_request *req, const struct rag_attach *files, size_t n,
	const char *at)
{
	struct bh_uuid *ids = bh_arena_array(req->arena, n + 1, sizeof(*ids)), missing;
	char text[RAG_ID_TEXT];
	int rc;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		ids[i] = files[i].file_id;
	rc = rag_store_file_first_missing(req->db, &req->tenant, ids, n, &missing);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	bh_uuid_format_id(&missing, RAG_FILE_PREFIX, text, sizeof(text));
	return bh_fields_missing(at, text);
}

static int
reply_store_file(struct bh_request *req, const struct bh_uuid *store, const struct bh_uuid *file)
{
	struct rag_store_file row;
	int rc = rag_store_attachment_get(req->db, &req->tenant, store, file, &row);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rag_wire_poll_header(req, strcmp(row.status, "in_progress") == 0);
	return bh_reply_object(req, 200, &rag_store_file_shape, &row);
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
	int rc = bh_request_query_text(req, "filter", out);

	if (rc < 0 || *out == NULL || bh_text_has_word("in_progress completed failed cancelled", *out))
		return rc;
	return bh_error_param(BH_E_INVALID, "filter",
		"'filter' must be one of in_progress, completed, failed, cancelled.");
}

/* A part of a file's name; absent or empty, all have it. */
static int
read_name(struct bh_request *req, const char **out)
{
	const char *name = NULL;
	int rc = bh_request_query_text(req, "filename", &name);

	if (rc < 0)
		return rc;
	if (name != NULL && strlen(name) > NAME_BYTES)
		return bh_error_param(BH_E_INVALID, "filename", "'filename' must have at most %d bytes.",
			NAME_BYTES);
	*out = name != NULL && name[0] != '\0' ? name : NULL;
	return 0;
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

static const struct bh_paging paging = {LIST_PRESET, LIST_MOST, "after before order",
	RAG_FILE_PREFIX};

int
rag_http_list_files(struct bh_request *req, const struct bh_uuid *store,
	const struct bh_uuid *batch)
{
	struct bh_page page;
	struct bh_slice slice;
	struct rag_store_file *files = NULL;
	struct rag_wanted wanted = {.batch = batch};
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = read_status(req, &wanted.status);
	if (rc == 0 && batch == NULL)
		rc = read_name(req, &wanted.name);
	if (rc == 0)
		rc = place_cursors(req, store, &page);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	slice = bh_list_slice(&page);
	rc = rag_store_attachment_list(req->db, &req->tenant, store, &wanted, &slice, &files, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &rag_store_file_shape, &page, files, n);
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
	const char *attributes;
};

static const struct bh_field update_fields[] = {
	{"attributes", BH_FIELD_METADATA, offsetof(struct update, attributes),
		BH_REQUIRED | BH_NULLABLE | BH_MIXED},
};

const struct bh_shape rag_store_file_update = BH_SHAPE("StoreFileUpdate", struct update,
	update_fields);

/* POST /v1/vector_stores/{store}/files/{file}: new attributes in place of all old ones. */
int
rag_http_store_file_update(struct bh_request *req)
{
	struct update body = {0};
	struct bh_uuid store, file;
	int rc = read_path(req, &store, &file);

	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rc = bh_request_object(req, &rag_store_file_update, &body);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = rag_store_attachment_attributes(req->db, &req->tenant, &store, &file, body.attributes);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	return reply_store_file(req, &store, &file);
}

/* DELETE /v1/vector_stores/{store}/files/{file}: the file itself stays. */
int
rag_http_store_file_delete(struct bh_request *req)
{
	struct bh_uuid store, file, receipt;
	int rc = read_path(req, &store, &file);

	if (rc == 0)
		rc = rag_remove_attachment(req->db, &req->tenant, &store, &file, &receipt);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	return rag_wire_reply_deleted(req, "file", "vector_store.file.deleted", &receipt);
}

struct content {
	const char *const *texts;
	size_t n_texts;
	const char *next_page;
	bool has_more;
};

#define AT(member) offsetof(struct content, member)

static const struct bh_field text_fields[] = {
	{"type", BH_FIELD_CONST, .words = "text"},
	{"text", BH_FIELD_TEXT, 0},
};

static const struct bh_field text_row = {"", BH_FIELD_OBJECT, BH_FIELDS(text_fields)};

static const struct bh_field content_fields[] = {
	{"object", BH_FIELD_CONST, .words = "vector_store.file_content.page"},
	{"data", BH_FIELD_ARRAY, AT(texts), BH_ELEMENTS(struct content, texts, n_texts, &text_row)},
	{"has_more", BH_FIELD_BOOL, AT(has_more)},
	{"next_page", BH_FIELD_TEXT, AT(next_page), BH_NULLABLE},
};

const struct bh_shape rag_content_shape = BH_SHAPE("StoreFileContent", struct content,
	content_fields);

/* GET /v1/vector_stores/{store}/files/{file}/content: the whole extracted text as one item, so that
 * every offset elsewhere counts in it. */
int
rag_http_store_file_content(struct bh_request *req)
{
	struct rag_store_file row;
	struct bh_uuid store, file;
	const char *text = NULL;
	struct content content = {.texts = &text};
	int rc = read_path(req, &store, &file);

	if (rc == 0)
		rc = rag_store_attachment_get(req->db, &req->tenant, &store, &file, &row);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rc = rag_store_document_text(req->db, &req->tenant, &file, &text);
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return bh_reply_error(req, rc, NULL);
	content.n_texts = text != NULL;
	return bh_reply_object(req, 200, &rag_content_shape, &content);
}
