/* SPDX-License-Identifier: Apache-2.0 */
/* store_receipt.h: what a deletion removed, counted in the transactions that remove it.
 *
 *     rc = rag_store_receipt_begin(tx, tenant, RAG_RECEIPT_STORE, store, &receipt);
 *     … deletes …
 *     rc = rag_store_receipt_note(tx, tenant, &receipt); */
#ifndef RAG_STORE_RECEIPT_H
#define RAG_STORE_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "service/list.h"

#define RAG_RECEIPT_PREFIX "rcpt_"
#define RAG_RECEIPT_FILE "file"
#define RAG_RECEIPT_STORE "vector_store"
#define RAG_RECEIPT_ATTACHMENT "vector_store.file"

/* A deletion under way in a transaction. Zeroed: none, and nothing is counted. */
struct rag_counting {
	struct bh_uuid receipt;
	const char *const
		*parts; /* rows that this session had deleted before, by table; in the arena */
	const int64_t *counts;
	size_t n;
};

/* Begins the deletion, or goes on with one of the same subject that is not complete. */
BH_MUST_CHECK int rag_store_receipt_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *kind, const struct bh_uuid *subject, struct rag_counting *out);
/* Goes on with it if there is one. */
BH_MUST_CHECK int rag_store_receipt_resume(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *kind, const struct bh_uuid *subject, struct rag_counting *out);
/* Adds what this transaction has deleted since. */
BH_MUST_CHECK int rag_store_receipt_note(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting);
/* Adds to one part by hand: what is not a row. */
BH_MUST_CHECK int rag_store_receipt_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting, const char *part, int64_t n);
/* Nothing is left. */
BH_MUST_CHECK int rag_store_receipt_complete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting);
/* A file's deletion is complete when this object has gone. */
BH_MUST_CHECK int rag_store_receipt_await(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting, const struct bh_uuid *object);
/* It has gone: completes the deletion that waits for it, if that is not done yet. */
BH_MUST_CHECK int rag_store_receipt_object(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *object);

struct rag_receipt {
	struct bh_uuid id;
	const char *kind;
	const char *subject; /* as on the wire */
	int64_t created_ms;
	int64_t completed_ms; /* 0: a job is still removing */
	const char *removed;  /* JSON text: part → count */
};
BH_MUST_CHECK int rag_store_receipt_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct rag_receipt *out);
BH_MUST_CHECK int rag_store_receipt_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct rag_receipt **out, size_t *out_n);

#endif
