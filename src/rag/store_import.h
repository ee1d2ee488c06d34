/* SPDX-License-Identifier: Apache-2.0 */
/* store_import.h: the SQL of imports: how far each is, and what it has made. */
#ifndef RAG_STORE_IMPORT_H
#define RAG_STORE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "rag/archive.h"

/* A row of `vector_import`. */
struct rag_import {
	struct bh_uuid file_id; /* the archive */
	const char *state;
	bool names_model;
	int64_t n_files, n_done, position;
	struct rag_archive_checked checked; /* while the state is checking */
};

BH_MUST_CHECK int rag_store_import_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, bool names_model);
/* *out_found false: the store has gone, too. */
BH_MUST_CHECK int rag_store_import_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct rag_import *out, bool *out_found);
BH_MUST_CHECK int rag_store_import_checked(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_archive_checked *checked);
/* checking → running: the archive is right, and has so many files behind this byte. The store takes its name,
 * description and metadata where it has none. */
BH_MUST_CHECK int rag_store_import_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_archive_store *archive, int64_t n_files,
	int64_t position);
/* The id of file number n: this one, unless it was given one before. */
BH_MUST_CHECK int rag_store_import_file(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t number, const struct bh_uuid *id, struct bh_uuid *out);
BH_MUST_CHECK int rag_store_import_advance(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t n_done, int64_t position);
/* running → completed, when nobody needs the list of files any more. */
BH_MUST_CHECK int rag_store_import_complete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);
BH_MUST_CHECK int rag_store_import_fail(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *error);
/* Some files that it made; *out_n 0: there are no more. */
BH_MUST_CHECK int rag_store_import_made(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t limit, struct bh_uuid **out, size_t *out_n);
BH_MUST_CHECK int rag_store_import_unmade(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file);

#endif
