/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: the shapes of OpenAI's description, written and read. */
#include "rag/wire.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rag/store_receipt.h"

enum { CHUNK_TOKENS_LEAST = 100, CHUNK_TOKENS_MOST = 4096, DAY_S = 86400, AT_MAX = 160 };

/* ---- answers ---- */

static int64_t
total_of(const void *row)
{
	const struct rag_counts *counts = row;

	return counts->in_progress + counts->completed + counts->failed + counts->cancelled;
}

#define AT(member) offsetof(struct rag_counts, member)

static const struct bh_field counts_fields[] = {
	{"in_progress", BH_FIELD_INT, AT(in_progress)},
	{"completed", BH_FIELD_INT, AT(completed)},
	{"failed", BH_FIELD_INT, AT(failed)},
	{"cancelled", BH_FIELD_INT, AT(cancelled)},
	{"total", BH_FIELD_INT, .number_of = total_of},
};

#undef AT
#define AT(member) offsetof(struct rag_file, member)

static const struct bh_field file_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = RAG_FILE_PREFIX},
	{"object", BH_FIELD_CONST, .words = "file"},
	{"bytes", BH_FIELD_INT, AT(bytes)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"expires_at", BH_FIELD_TIME, AT(expires_ms), BH_OMIT},
	{"filename", BH_FIELD_TEXT, AT(filename)},
	{"purpose", BH_FIELD_CHOICE, AT(purpose), .words = RAG_PURPOSES},
	{"status", BH_FIELD_CONST, .words = "processed"},
};

#undef AT

const struct bh_shape rag_file_shape = BH_SHAPE("File", struct rag_file, file_fields);

static const void *
upload_file(const void *row)
{
	const struct rag_upload *upload = row;

	return bh_uuid_is_zero(&upload->file.id) ? NULL : &upload->file;
}

#define AT(member) offsetof(struct rag_upload, member)

static const struct bh_field upload_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = RAG_UPLOAD_PREFIX},
	{"object", BH_FIELD_CONST, .words = "upload"},
	{"bytes", BH_FIELD_INT, AT(bytes)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"filename", BH_FIELD_TEXT, AT(filename)},
	{"purpose", BH_FIELD_CHOICE, AT(purpose), .words = RAG_PURPOSES},
	{"status", BH_FIELD_CHOICE, AT(status), .words = "pending completed cancelled expired"},
	{"expires_at", BH_FIELD_TIME, AT(expires_ms)},
	{"file", BH_FIELD_OBJECT, .object_of = upload_file, .flags = BH_NULLABLE,
		BH_FIELDS(file_fields)},
};

#undef AT

const struct bh_shape rag_upload_shape = BH_SHAPE("UploadInParts", struct rag_upload,
	upload_fields);

#define AT(member) offsetof(struct rag_part, member)

static const struct bh_field part_content_fields[] = {
	{"bytes", BH_FIELD_INT, AT(bytes)},
	{"sha256", BH_FIELD_TEXT, AT(sha256_hex)},
};

static const struct bh_field part_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = RAG_PART_PREFIX},
	{"object", BH_FIELD_CONST, .words = "upload.part"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"upload_id", BH_FIELD_ID, AT(upload_id), .words = RAG_UPLOAD_PREFIX},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(part_content_fields)},
};

#undef AT

const struct bh_shape rag_part_shape = BH_SHAPE("UploadPart", struct rag_part, part_fields);

static const char *
store_description(const void *row)
{
	const char *text = ((const struct rag_store *)row)->description;

	return text[0] != '\0' ? text : NULL;
}

static bool
is_importing(const struct rag_store *store)
{
	return store->import_state != NULL && bh_text_has_word("checking running", store->import_state);
}

static const char *
store_status(const void *row)
{
	const struct rag_store *store = row;

	if (store->expired)
		return "expired";
	return store->counts.in_progress > 0 || is_importing(store) ? "in_progress" : "completed";
}

static int64_t
store_expires_ms(const void *row)
{
	const struct rag_store *store = row;

	return store->expires_days != 0 ? store->last_active_ms + store->expires_days * DAY_S * 1000
									: 0;
}

static const void *
store_expiry(const void *row)
{
	return ((const struct rag_store *)row)->expires_days != 0 ? row : NULL;
}

#define AT(member) offsetof(struct rag_store, member)

static const struct bh_field expires_after_fields[] = {
	{"anchor", BH_FIELD_CONST, .words = "last_active_at"},
	{"days", BH_FIELD_INT, AT(expires_days)},
};

static const char *
change_status(const void *row)
{
	return strcmp(((const struct rag_store *)row)->next_state, "failed") == 0 ? "failed"
																			  : "in_progress";
}

static const void *
store_change(const void *row)
{
	return ((const struct rag_store *)row)->next_state != NULL ? row : NULL;
}

static const struct bh_field change_fields[] = {
	{"embedding_model", BH_FIELD_TEXT, AT(next_model)},
	{"dimensions", BH_FIELD_INT, AT(next_dimensions)},
	{"status", BH_FIELD_CHOICE, .text_of = change_status, .words = "in_progress failed"},
	{"done", BH_FIELD_INT, AT(next_chunks)},
	{"total", BH_FIELD_INT, AT(n_chunks)},
	{"error", BH_FIELD_TEXT, AT(next_error), BH_NULLABLE},
};

static const char *
import_status(const void *row)
{
	const struct rag_store *store = row;

	return is_importing(store) ? "in_progress" : store->import_state;
}

static const void *
store_import(const void *row)
{
	return ((const struct rag_store *)row)->import_state != NULL ? row : NULL;
}

static const struct bh_field import_fields[] = {
	{"status", BH_FIELD_CHOICE, .text_of = import_status, .words = "in_progress completed failed"},
	{"done", BH_FIELD_INT, AT(import_done)},
	{"total", BH_FIELD_INT, AT(import_files)},
	{"error", BH_FIELD_TEXT, AT(import_error), BH_NULLABLE},
};

static const struct bh_field store_more_fields[] = {
	{"embedding_model", BH_FIELD_TEXT, AT(embedding_model)},
	{"dimensions", BH_FIELD_INT, AT(dimensions)},
	{"chunks", BH_FIELD_INT, AT(n_chunks)},
	{"change", BH_FIELD_OBJECT, .object_of = store_change, .flags = BH_NULLABLE,
		BH_FIELDS(change_fields)},
	{"import", BH_FIELD_OBJECT, .object_of = store_import, .flags = BH_NULLABLE,
		BH_FIELDS(import_fields)},
};

static const struct bh_field store_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = RAG_STORE_PREFIX},
	{"object", BH_FIELD_CONST, .words = "vector_store"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"description", BH_FIELD_TEXT, .text_of = store_description, .flags = BH_OMIT},
	{"usage_bytes", BH_FIELD_INT, AT(usage_bytes)},
	{"file_counts", BH_FIELD_OBJECT, AT(counts), BH_FIELDS(counts_fields)},
	{"status", BH_FIELD_CHOICE, .text_of = store_status, .words = "expired in_progress completed"},
	{"expires_after", BH_FIELD_OBJECT, .object_of = store_expiry, .flags = BH_OMIT,
		BH_FIELDS(expires_after_fields)},
	{"expires_at", BH_FIELD_TIME, .number_of = store_expires_ms, .flags = BH_NULLABLE},
	{"last_active_at", BH_FIELD_TIME, AT(last_active_ms), BH_NULLABLE},
	{"metadata", BH_FIELD_METADATA, AT(metadata), BH_NULLABLE},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(store_more_fields)},
};

#undef AT

const struct bh_shape rag_store_shape = BH_SHAPE("VectorStore", struct rag_store, store_fields);

static const void *
file_error(const void *row)
{
	return ((const struct rag_store_file *)row)->error_code != NULL ? row : NULL;
}

#define AT(member) offsetof(struct rag_store_file, member)

static const struct bh_field error_fields[] = {
	{"code", BH_FIELD_CHOICE, AT(error_code),
		.words = "server_error unsupported_file invalid_file"},
	{"message", BH_FIELD_TEXT, AT(error_message)},
};

static const struct bh_field sizes_fields[] = {
	{"max_chunk_size_tokens", BH_FIELD_INT, AT(chunk_tokens)},
	{"chunk_overlap_tokens", BH_FIELD_INT, AT(overlap_tokens)},
};

static const struct bh_field chunking_fields[] = {
	{"type", BH_FIELD_CONST, .words = "static"},
	{"static", BH_FIELD_OBJECT, BH_FIELDS(sizes_fields)},
};

static const void *
file_ocr(const void *row)
{
	const struct rag_ocr *ocr = &((const struct rag_store_file *)row)->ocr;

	return ocr->pages > 0 || ocr->unread_pages[0] != '\0' ? row : NULL;
}

static const struct bh_field ocr_fields[] = {
	{"pages", BH_FIELD_INT, AT(ocr.pages)},
	{"confidence", BH_FIELD_INT, AT(ocr.confidence)},
	{"low_confidence", BH_FIELD_BOOL, AT(ocr.is_low)},
	{"low_confidence_pages", BH_FIELD_TEXT, AT(ocr.low_pages)},
	{"unread_pages", BH_FIELD_TEXT, AT(ocr.unread_pages)},
};

static const struct bh_field progress_fields[] = {
	{"stage", BH_FIELD_TEXT, AT(stage)},
	{"done", BH_FIELD_INT, AT(stage_done)},
	{"total", BH_FIELD_INT, AT(stage_total)},
	{"chunks", BH_FIELD_INT, AT(n_chunks)},
	{"changed_at", BH_FIELD_TIME, AT(changed_ms)},
	{"filename", BH_FIELD_TEXT, AT(filename)},
	{"bytes", BH_FIELD_INT, AT(bytes)},
	{"ocr", BH_FIELD_OBJECT, .object_of = file_ocr, .flags = BH_NULLABLE, BH_FIELDS(ocr_fields)},
};

static const struct bh_field store_file_fields[] = {
	{"id", BH_FIELD_ID, AT(file_id), .words = RAG_FILE_PREFIX},
	{"object", BH_FIELD_CONST, .words = "vector_store.file"},
	{"usage_bytes", BH_FIELD_INT, AT(usage_bytes)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"vector_store_id", BH_FIELD_ID, AT(store_id), .words = RAG_STORE_PREFIX},
	{"status", BH_FIELD_CHOICE, AT(status), .words = "in_progress completed failed cancelled"},
	{"last_error", BH_FIELD_OBJECT, .object_of = file_error, .flags = BH_NULLABLE,
		BH_FIELDS(error_fields)},
	{"chunking_strategy", BH_FIELD_OBJECT, BH_FIELDS(chunking_fields)},
	{"attributes", BH_FIELD_METADATA, AT(attributes), BH_NULLABLE | BH_MIXED},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(progress_fields)},
};

#undef AT

const struct bh_shape rag_store_file_shape = BH_SHAPE("StoreFile", struct rag_store_file,
	store_file_fields);

/* From the counts alone: a client that waits for either sees both change together. */
static const char *
batch_status(const void *row)
{
	const struct rag_batch *batch = row;
	const struct rag_counts *counts = &batch->counts;

	if (counts->in_progress > 0)
		return "in_progress";
	if (batch->cancelled)
		return "cancelled";
	return counts->failed > 0 && counts->completed == 0 && counts->cancelled == 0 ? "failed"
																				  : "completed";
}

#define AT(member) offsetof(struct rag_batch, member)

static const struct bh_field batch_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = RAG_BATCH_PREFIX},
	{"object", BH_FIELD_CONST, .words = "vector_store.files_batch"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"vector_store_id", BH_FIELD_ID, AT(store_id), .words = RAG_STORE_PREFIX},
	{"status", BH_FIELD_CHOICE, .text_of = batch_status,
		.words = "in_progress completed failed cancelled"},
	{"file_counts", BH_FIELD_OBJECT, AT(counts), BH_FIELDS(counts_fields)},
};

#undef AT

const struct bh_shape rag_batch_shape = BH_SHAPE("Batch", struct rag_batch, batch_fields);

static const char *
receipt_status(const void *row)
{
	return ((const struct rag_receipt *)row)->completed_ms != 0 ? "completed" : "in_progress";
}

#define AT(member) offsetof(struct rag_receipt, member)

static const struct bh_field receipt_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = RAG_RECEIPT_PREFIX},
	{"object", BH_FIELD_CONST, .words = "deletion_receipt"},
	{"kind", BH_FIELD_CHOICE, AT(kind), .words = "file vector_store vector_store.file"},
	{"subject", BH_FIELD_TEXT, AT(subject)},
	{"status", BH_FIELD_CHOICE, .text_of = receipt_status, .words = "in_progress completed"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"completed_at", BH_FIELD_TIME, AT(completed_ms), BH_NULLABLE},
	{"removed", BH_FIELD_JSON, AT(removed)},
};

#undef AT

const struct bh_shape rag_receipt_shape = BH_SHAPE("DeletionReceipt", struct rag_receipt,
	receipt_fields);

struct deleted {
	const char *id, *object;
	bool deleted;
	struct rag_receipt receipt;
};

static const struct bh_field deleted_more_fields[] = {
	{"receipt", BH_FIELD_OBJECT, offsetof(struct deleted, receipt), BH_FIELDS(receipt_fields)},
};

static const struct bh_field deleted_fields[] = {
	{"id", BH_FIELD_TEXT, offsetof(struct deleted, id)},
	{"object", BH_FIELD_TEXT, offsetof(struct deleted, object)},
	{"deleted", BH_FIELD_BOOL, offsetof(struct deleted, deleted)},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(deleted_more_fields)},
};

const struct bh_shape rag_deleted_shape = BH_SHAPE("DeletedWithReceipt", struct deleted,
	deleted_fields);

int
rag_wire_reply_deleted(struct bh_request *req, const char *param, const char *object,
	const struct bh_uuid *receipt)
{
	struct deleted deleted = {bh_request_param(req, param), object, true, {.kind = ""}};
	int rc = rag_store_receipt_get(req->db, &req->tenant, receipt, &deleted.receipt);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &rag_deleted_shape, &deleted);
}

/* ---- bodies ---- */

struct sizes {
	int64_t tokens, overlap;
};

static const struct bh_field size_fields[] = {
	{"max_chunk_size_tokens", BH_FIELD_INT, offsetof(struct sizes, tokens), BH_REQUIRED,
		CHUNK_TOKENS_LEAST, CHUNK_TOKENS_MOST},
	{"chunk_overlap_tokens", BH_FIELD_INT, offsetof(struct sizes, overlap), BH_REQUIRED, 0,
		CHUNK_TOKENS_MOST},
};

struct strategy {
	const char *type;
	const struct bh_json *sizes;
};

static const struct bh_field strategy_fields[] = {
	{"type", BH_FIELD_TEXT, offsetof(struct strategy, type), BH_REQUIRED},
	{"static", BH_FIELD_OBJECT, offsetof(struct strategy, sizes)},
};

static int
read_sizes(const struct bh_json *value, const char *at, struct rag_attach *out)
{
	struct sizes sizes = {0};
	char below[AT_MAX], param[AT_MAX + 32];
	int rc;

	snprintf(below, sizeof(below), "%.120s.static", at);
	rc = bh_fields_read(NULL, value, BH_LIST(size_fields), below, &sizes);
	if (rc < 0)
		return rc;
	if (sizes.overlap > sizes.tokens / 2) {
		snprintf(param, sizeof(param), "%s.chunk_overlap_tokens", below);
		return bh_error_param(BH_E_RANGE, param,
			"'chunk_overlap_tokens' must not exceed half of 'max_chunk_size_tokens'.");
	}
	out->chunk_tokens = sizes.tokens;
	out->overlap_tokens = sizes.overlap;
	return 0;
}

int
rag_wire_chunking(const struct bh_json *value, const char *at, struct rag_attach *out)
{
	struct strategy strategy = {.type = "auto"};
	struct rag_attach attach = *out;
	char param[AT_MAX];
	bool is_static, is_auto;
	int rc = 0;

	if (bh_json_kind(value) > BH_JSON_NULL)
		rc = bh_fields_read(NULL, value, BH_LIST(strategy_fields), at, &strategy);
	if (rc < 0)
		return rc;
	is_static = strcmp(strategy.type, "static") == 0;
	is_auto = strcmp(strategy.type, "auto") == 0;
	if (is_static != (strategy.sizes != NULL) || is_static == is_auto) {
		snprintf(param, sizeof(param), "%.120s.%s", at, is_static || is_auto ? "static" : "type");
		return bh_error_param(BH_E_INVALID, param,
			"'%s' must be {\"type\": \"auto\"} or {\"type\": \"static\", \"static\": {…}}.", at);
	}
	attach.is_static = is_static;
	attach.chunk_tokens = RAG_AUTO_CHUNK_TOKENS;
	attach.overlap_tokens = RAG_AUTO_OVERLAP_TOKENS;
	if (is_static)
		rc = read_sizes(strategy.sizes, at, &attach);
	if (rc == 0)
		*out = attach;
	return rc;
}

void
rag_wire_poll_header(struct bh_request *req, bool in_progress)
{
	bh_reply_header(req, "openai-poll-after-ms", in_progress ? "500" : "300");
}
