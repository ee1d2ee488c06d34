/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h: rag's objects as JSON, and the parts of bodies that several routes share. */
#ifndef RAG_WIRE_H
#define RAG_WIRE_H

#include <stddef.h>

#include "base/macros.h"
#include "json/fields.h"
#include "rag/rag.h"
#include "service/request.h"

#define RAG_PURPOSES "assistants batch fine-tune vision user_data"
#define RAG_EXPIRES_LEAST_S 3600 /* of a file */
#define RAG_EXPIRES_MOST_S 2592000

/* Answers: struct rag_file, rag_upload, rag_part, rag_store, rag_store_file, rag_batch. */
extern const struct bh_shape rag_file_shape, rag_upload_shape, rag_part_shape, rag_store_shape,
	rag_store_file_shape, rag_batch_shape, rag_deleted_shape, rag_receipt_shape;

/* {"id", "object", "deleted": true, "bulkhead": {"receipt"}}; the id is this parameter of the path. */
int rag_wire_reply_deleted(struct bh_request *req, const char *param, const char *object,
	const struct bh_uuid *receipt);

/* chunking_strategy (absent and null: auto) into an attach. */
BH_MUST_CHECK int rag_wire_chunking(const struct bh_json *value, const char *at,
	struct rag_attach *out);

/* The header by which clients pace their polling: an integer, the slower the longer it takes. */
void rag_wire_poll_header(struct bh_request *req, bool in_progress);

#endif
