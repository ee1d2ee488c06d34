/* SPDX-License-Identifier: Apache-2.0 */
/* store_erase.h: rows that go with something outside the database when a tenant is deleted. */
#ifndef RAG_STORE_ERASE_H
#define RAG_STORE_ERASE_H

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* An object that a row names. */
struct rag_erase_object {
	struct bh_uuid id;
	int64_t bytes;
};

/* The objects of files, or of uploads' parts; `most` of them. */
BH_MUST_CHECK int rag_store_erase_objects(struct bh_db *db, const struct bh_uuid *tenant,
	bool parts, int64_t most, struct rag_erase_object **out, size_t *out_n);
/* Their rows. */
BH_MUST_CHECK int rag_store_erase_named(struct bh_db *tx, const struct bh_uuid *tenant, bool parts,
	const struct bh_uuid *ids, size_t n, int64_t *out_rows);
/* Uploads without parts; `most` of them. */
BH_MUST_CHECK int rag_store_erase_uploads(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t most, int64_t *out_rows);
/* Drops one table of own vectors; its part is what the receipt calls it. */
BH_MUST_CHECK int rag_store_erase_own(struct bh_db *tx, const struct bh_uuid *tenant,
	const char **out_part, int64_t *out_rows, bool *out_found);

#endif
