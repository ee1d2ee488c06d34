/* SPDX-License-Identifier: Apache-2.0 */
/* http_uploads.c: files that come in parts. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/multipart.h"
#include "object/object.h"
#include "queue/worker.h"
#include "rag/file.h"
#include "rag/http.h"
#include "rag/http_files.h"
#include "rag/quota.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/upload.h"
#include "rag/wire.h"
#include "service/list.h"

enum { NAME_MOST = 255, LIST_PRESET = 20, LIST_MOST = 100, JOIN_MS = 30000 };

/* ---- making one ---- */

struct expires_after {
	const char *anchor;
	int64_t seconds;
};

static const struct bh_field expires_after_fields[] = {
	{"anchor", BH_FIELD_CHOICE, offsetof(struct expires_after, anchor), BH_REQUIRED,
		.words = "created_at"},
	{"seconds", BH_FIELD_INT, offsetof(struct expires_after, seconds), BH_REQUIRED,
		RAG_EXPIRES_LEAST_S, RAG_EXPIRES_MOST_S},
};

struct create {
	const char *filename, *purpose, *content_type;
	int64_t bytes;
	struct expires_after expires_after;
};

#define AT(member) offsetof(struct create, member)

static const struct bh_field create_fields[] = {
	{"bytes", BH_FIELD_INT, AT(bytes), BH_REQUIRED, 1, RAG_UPLOAD_BYTES_MAX},
	{"filename", BH_FIELD_TEXT, AT(filename), BH_REQUIRED, 1, NAME_MOST},
	{"mime_type", BH_FIELD_TEXT, AT(content_type), BH_REQUIRED, 1, NAME_MOST},
	{"purpose", BH_FIELD_CHOICE, AT(purpose), BH_REQUIRED, .words = RAG_PURPOSES},
	{"expires_after", BH_FIELD_OBJECT, AT(expires_after), BH_NULLABLE,
		BH_FIELDS(expires_after_fields)},
};

#undef AT

const struct bh_shape rag_upload_create = BH_SHAPE("UploadCreate", struct create, create_fields);

/* As in a form: without folders. */
static int
read_filename(const char *text, const char **out)
{
	const char *name = text + strlen(text);

	while (name > text && name[-1] != '/' && name[-1] != '\\')
		name--;
	if (name[0] == '\0' || strlen(name) > NAME_MOST || !bh_text_is_plain(name))
		return bh_error_param(BH_E_INVALID, "filename",
			"'filename' must be a file name of at most %d bytes without control characters.",
			NAME_MOST);
	*out = name;
	return 0;
}

struct adding {
	const struct bh_uuid *tenant;
	const struct rag_conf *conf;
	struct rag_upload upload;
};

static int
add_upload(struct bh_db *tx, void *ctx)
{
	struct adding *adding = ctx;
	int rc = rag_store_upload_add(tx, adding->tenant, &adding->upload);

	if (rc == 0)
		rc = rag_remove_job(tx, adding->tenant, RAG_JOB_CLEAR_UPLOAD, &adding->upload.id,
			adding->upload.expires_ms + 1000);
	return rc < 0 ? rc
				  : rag_quota_check_upload(tx, adding->tenant, adding->upload.bytes, adding->conf);
}

static int
reply_upload(struct bh_request *req, const struct bh_uuid *id)
{
	struct rag_upload upload;
	int rc = rag_store_upload_get(req->db, &req->tenant, id, &upload);

	if (rc < 0)
		return bh_reply_error(req, rc, "upload_id");
	return bh_reply_object(req, 200, &rag_upload_shape, &upload);
}

/* POST /v1/uploads */
int
rag_http_upload_create(struct bh_request *req)
{
	struct rag *rag = req->service;
	struct create body = {0};
	struct adding adding = {.tenant = &req->tenant, .conf = &rag->conf};
	struct rag_upload *upload = &adding.upload;
	int rc = bh_request_object(req, &rag_upload_create, &body);

	if (rc == 0)
		rc = read_filename(body.filename, &upload->filename);
	if (rc == 0 && (strlen(body.content_type) > NAME_MOST || !bh_text_is_plain(body.content_type)))
		rc = bh_error_param(BH_E_INVALID, "mime_type",
			"'mime_type' must have at most %d bytes and no control characters.", NAME_MOST);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	upload->id = bh_uuid_new();
	upload->purpose = body.purpose;
	upload->content_type = body.content_type;
	upload->bytes = body.bytes;
	upload->file_expires_s = body.expires_after.seconds;
	upload->created_ms = bh_clock_wall_ms();
	upload->expires_ms = upload->created_ms + RAG_UPLOAD_S * 1000LL;
	rc = bh_tx_run(req->db, add_upload, &adding);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_upload(req, &upload->id);
}

static int
find_upload(struct bh_request *req, struct rag_upload *out)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "upload", RAG_UPLOAD_PREFIX, &id);

	return rc < 0 ? rc : rag_store_upload_get(req->db, &req->tenant, &id, out);
}

/* GET /v1/uploads/{upload} */
int
rag_http_upload_get(struct bh_request *req)
{
	struct rag_upload upload;
	int rc = find_upload(req, &upload);

	if (rc < 0)
		return bh_reply_error(req, rc, "upload_id");
	return bh_reply_object(req, 200, &rag_upload_shape, &upload);
}

static int
check_pending(const struct rag_upload *upload)
{
	return strcmp(upload->status, "pending") == 0
		? 0
		: bh_error(BH_E_STATE, "The upload is %s.", upload->status);
}

/* ---- parts ---- */

/* A part on its way. */
struct sending {
	const struct bh_uuid *tenant;
	const struct rag_conf *conf;
	struct rag_part part;
	struct bh_object_writer writer;
	bool has_data;
};

static void
sending_close(struct sending *sending)
{
	bh_object_writer_close(&sending->writer);
}

static void
close_form(struct bh_multipart **form)
{
	bh_multipart_close(*form);
}

static int
read_form(struct bh_request *req, struct sending *sending)
{
	BH_AUTO(close_form) struct bh_multipart *form = NULL;
	struct bh_multipart_part part;
	bool end = false;
	int rc = bh_multipart_open(req->http, &form);

	while (rc == 0) {
		rc = bh_multipart_next(form, &part, &end);
		if (rc < 0 || end)
			break;
		if (strcmp(part.name, "data") != 0)
			return bh_error_param(BH_E_UNKNOWN_FIELD, bh_arena_strdup(req->arena, part.name),
				"Unknown form field.");
		if (sending->has_data)
			return bh_error_param(BH_E_INVALID, "data", "'data' must be sent only once.");
		sending->has_data = true;
		rc = rag_http_read_object(req, form, "data", RAG_PART_BYTES_MAX, &sending->part.id,
			&sending->writer);
	}
	if (rc == 0 && !sending->has_data)
		rc = bh_error_param(BH_E_MISSING, "data", "'data' is required.");
	return rc;
}

static int
add_part(struct bh_db *tx, void *ctx)
{
	struct sending *sending = ctx;
	int rc = rag_store_upload_add_part(tx, sending->tenant, &sending->part, &sending->part);

	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_STATE, "The upload is no longer pending.");
	return rc < 0 ? rc : rag_quota_check(tx, sending->tenant, NULL, sending->conf);
}

/* The object first, then its row: no row is without its bytes. */
static int
keep_part(struct bh_request *req, struct sending *sending)
{
	struct rag *rag = req->service;
	const struct bh_uuid id = sending->part.id;
	struct bh_digest hash;
	int rc;

	sending->part.bytes = sending->writer.bytes;
	rc = bh_object_publish(&sending->writer, &hash);
	if (rc < 0)
		return rc;
	sending->part.sha256 = (struct bh_bytes){hash.bytes, sizeof(hash.bytes)};
	rc = bh_tx_run(req->db, add_part, sending);
	if (rc < 0 && rc != BH_E_DB_UNKNOWN && bh_object_remove(rag->objects, &req->tenant, &id) < 0)
		bh_audit_text(&req->audit, "object_left", "true");
	return rc;
}

/* POST /v1/uploads/{upload}/parts: in any order, and the same bytes as often as need be: what counts is
 * what the completion names. */
int
rag_http_upload_part_create(struct bh_request *req)
{
	struct rag *rag = req->service;
	struct rag_upload upload;
	BH_AUTO(sending_close)
	struct sending sending = {.tenant = &req->tenant, .conf = &rag->conf};
	int rc = find_upload(req, &upload);

	if (rc < 0)
		return bh_reply_error(req, rc, "upload_id");
	rc = check_pending(&upload);
	if (rc == 0 && upload.parts >= RAG_PARTS_MAX)
		rc = bh_error(BH_E_TOO_MANY, "An upload can have at most %d parts.", RAG_PARTS_MAX);
	if (rc == 0) {
		sending.part.id = bh_uuid_new();
		sending.part.upload_id = upload.id;
		rc = read_form(req, &sending);
	}
	if (rc == 0)
		rc = keep_part(req, &sending);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(&req->audit, "bytes", sending.part.bytes);
	return bh_reply_object(req, 200, &rag_part_shape, &sending.part);
}

static const struct bh_paging paging = {LIST_PRESET, LIST_MOST, "after before order",
	RAG_PART_PREFIX};

/* GET /v1/uploads/{upload}/parts: what a client that lost count need not send again. */
int
rag_http_upload_part_list(struct bh_request *req)
{
	struct rag_upload upload;
	struct bh_page page;
	struct bh_slice slice;
	struct rag_part *parts = NULL;
	size_t n = 0;
	int rc = find_upload(req, &upload);

	if (rc < 0)
		return bh_reply_error(req, rc, "upload_id");
	rc = bh_list_page(req, &paging, &page);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = rag_store_upload_parts(req->db, &req->tenant, &upload.id, &slice, &parts, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &rag_part_shape, &page, parts, n);
}

/* ---- the end ---- */

struct complete {
	const struct bh_uuid *parts;
	size_t n_parts;
	const char *md5;
};

#define AT(member) offsetof(struct complete, member)

static const struct bh_field part_id = {"", BH_FIELD_ID, .words = RAG_PART_PREFIX};

static const struct bh_field complete_fields[] = {
	{"part_ids", BH_FIELD_ARRAY, AT(parts), BH_REQUIRED, 1, RAG_PARTS_MAX,
		BH_ELEMENTS(struct complete, parts, n_parts, &part_id)},
	{"md5", BH_FIELD_TEXT, AT(md5), BH_NULLABLE, 32, 32},
};

#undef AT

const struct bh_shape rag_upload_complete = BH_SHAPE("UploadComplete", struct complete,
	complete_fields);

/* The parts as they are named, which must make up what was announced. */
static int
find_parts(struct bh_request *req, const struct rag_upload *upload, const struct complete *body,
	struct rag_part **out)
{
	struct rag_part *parts = NULL;
	char at[32], id[RAG_ID_TEXT];
	int64_t bytes = 0;
	size_t n = 0, i;
	int rc = rag_store_upload_parts_of(req->db, &req->tenant, &upload->id, body->parts,
		body->n_parts, &parts, &n);

	if (rc < 0)
		return rc;
	for (i = 0; i < body->n_parts; i++) {
		if (i < n && bh_uuid_equal(&parts[i].id, &body->parts[i])) {
			bytes += parts[i].bytes;
			continue;
		}
		snprintf(at, sizeof(at), "part_ids.%zu", i);
		bh_uuid_format_id(&body->parts[i], RAG_PART_PREFIX, id, sizeof(id));
		return bh_fields_missing(at, id);
	}
	if (bytes != upload->bytes)
		return bh_error_param(BH_E_INVALID, "part_ids",
			"The parts have %lld bytes in total; the upload was created with %lld.",
			(long long)bytes, (long long)upload->bytes);
	*out = parts;
	return 0;
}

/* What the client asked for, against what came. */
static int
check_md5(const char *wanted, struct bh_md5 *md5)
{
	uint8_t bytes[BH_MD5_BYTES];
	char hex[2 * BH_MD5_BYTES + 1];

	bh_md5_end(md5, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return strcasecmp(wanted, hex) == 0
		? 0
		: bh_error_param(BH_E_INVALID, "md5", "The MD5 checksum of the bytes is %s.", hex);
}

struct joining {
	struct rag_new_file new_file;
	struct bh_object_writer writer;
	struct bh_md5 md5;
};

static void
joining_close(struct joining *joining)
{
	bh_object_writer_close(&joining->writer);
	bh_md5_close(&joining->md5);
}

static int
join(struct bh_request *req, const struct rag_part *parts, size_t n, const char *md5,
	struct joining *joining)
{
	struct rag *rag = req->service;
	int rc = md5 != NULL ? bh_md5_begin(&joining->md5) : 0;

	if (rc == 0 && bh_object_store_spools(rag->objects))
		rc = bh_request_spool(req, joining->new_file.file.bytes);
	if (rc == 0)
		rc = bh_object_create(rag->objects, &req->tenant, &joining->new_file.file.id,
			&joining->writer);
	if (rc == 0)
		rc = rag_upload_join(rag, &req->tenant, parts, n, &joining->writer,
			md5 != NULL ? &joining->md5 : NULL);
	if (rc == 0 && md5 != NULL)
		rc = check_md5(md5, &joining->md5);
	if (rc == 0)
		rc = bh_object_publish(&joining->writer, &joining->new_file.hash);
	return rc < 0 ? rc : rag_file_add(req->db, &joining->new_file);
}

static int
join_pending(struct bh_request *req, const struct rag_upload *upload, const struct complete *body)
{
	BH_AUTO(joining_close)
	struct joining joining = {.new_file = {.rag = req->service,
								  .tenant = &req->tenant,
								  .file = {.id = bh_uuid_new(),
									  .filename = upload->filename,
									  .purpose = upload->purpose,
									  .content_type = upload->content_type,
									  .bytes = upload->bytes},
								  .expires_s = upload->file_expires_s,
								  .upload = &upload->id}};
	struct rag_part *parts = NULL;
	int rc = find_parts(req, upload, body, &parts);

	if (rc == 0)
		rc = join(req, parts, body->n_parts, body->md5, &joining);
	if (joining.new_file.object_left)
		bh_audit_text(&req->audit, "object_left", "true");
	return rc;
}

/* Of a tenant one at a time: the bytes are there twice until it is done. Nothing is left to do for one that
 * was completed while this waited. */
static int
complete(struct bh_request *req, const struct bh_uuid *id, const struct complete *body)
{
	struct rag *rag = req->service;
	struct rag_upload upload;
	struct rag_turn turn;
	int rc = rag_turns_enter(&rag->joinings, &req->tenant, JOIN_MS, &turn);

	if (rc < 0)
		return rc;
	rc = rag_store_upload_get(req->db, &req->tenant, id, &upload);
	if (rc == 0 && strcmp(upload.status, "completed") != 0) {
		rc = check_pending(&upload);
		if (rc == 0)
			rc = join_pending(req, &upload, body);
		bh_audit_int(&req->audit, "bytes", upload.bytes);
	}
	rag_turns_leave(&rag->joinings, &turn);
	return rc;
}

/* The disk is free as soon as the quota is; what is left here is the job's. */
static void
clear(struct bh_request *req, const struct bh_uuid *upload)
{
	if (rag_upload_clear(req->service, req->db, &req->tenant, upload) < 0)
		bh_audit_text(&req->audit, "parts_left", "true");
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
}

/* POST /v1/uploads/{upload}/complete: one that is completed already answers as it did. */
int
rag_http_upload_complete(struct bh_request *req)
{
	struct complete body = {0};
	struct rag_upload upload;
	int rc = find_upload(req, &upload);

	if (rc < 0)
		return bh_reply_error(req, rc, "upload_id");
	rc = bh_request_object(req, &rag_upload_complete, &body);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = complete(req, &upload.id, &body);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	clear(req, &upload.id);
	return reply_upload(req, &upload.id);
}

struct cancelling {
	const struct bh_uuid *tenant, *upload;
};

static int
cancel(struct bh_db *tx, void *ctx)
{
	const struct cancelling *cancelling = ctx;
	int rc = rag_upload_end(tx, cancelling->tenant, cancelling->upload, "cancelled", NULL);

	return rc < 0 ? rc : rag_store_quota_fold(tx, cancelling->tenant);
}

/* POST /v1/uploads/{upload}/cancel */
int
rag_http_upload_cancel(struct bh_request *req)
{
	struct rag_upload upload;
	int rc = find_upload(req, &upload);

	if (rc < 0)
		return bh_reply_error(req, rc, "upload_id");
	if (strcmp(upload.status, "cancelled") == 0)
		return bh_reply_object(req, 200, &rag_upload_shape, &upload);
	rc = check_pending(&upload);
	if (rc == 0)
		rc = bh_tx_run(req->db, cancel, &(struct cancelling){&req->tenant, &upload.id});
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	clear(req, &upload.id);
	return reply_upload(req, &upload.id);
}
