/* SPDX-License-Identifier: Apache-2.0 */
/* store_set.h: the SQL of sets of vectors: the one that a store is searched by, the one that is being made with another
 * model, and those that are being removed.
 *
 * The first set of a store has the store's id and no row. Whoever changes a set holds the store's statistics
 * locked, as whoever adds or removes chunks does. The usage of files counts the vectors of all sets. */
#ifndef RAG_STORE_SET_H
#define RAG_STORE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "rag/store.h"

#define RAG_SET_BUILDING "building"
#define RAG_SET_FAILED "failed"
#define RAG_SET_RETIRED "retired"

/* A row of `vector_set`. */
struct rag_set {
	struct bh_uuid id;
	const char *state;
	const char *embedding_model;
	int64_t dimensions;
	bool own_vectors;
	int64_t chunk_last; /* vectors are made of the chunks up to this one */
	int64_t n_chunks;   /* so many */
	int64_t parts_max;
};

/* All sets of a store, the first one's id included, also of a store that is gone. */
BH_MUST_CHECK int rag_store_set_ids(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct bh_uuid **out, size_t *out_n);
/* Begins a set. */
BH_MUST_CHECK int rag_store_set_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_set *set);
/* The one that is being made, or that could not be made. */
BH_MUST_CHECK int rag_store_set_next(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct rag_set *out, bool *out_found);
/* The one that is being made, else one whose vectors have to be removed. */
BH_MUST_CHECK int rag_store_set_work(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct rag_set *out, bool *out_found);

/* The next chunks of a store behind one. */
BH_MUST_CHECK int rag_store_set_chunks(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t after, int64_t limit, struct rag_chunk_text **out,
	size_t *out_n);
/* The vectors of the chunks first to first + n - 1, by chunk and part. None also when the store is searched by
 * another set, or on the other side, since it was read. */
struct rag_set_vector {
	int64_t chunk_id, part;
	struct bh_floats embedding;
};
BH_MUST_CHECK int rag_store_set_vectors(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, int64_t first, int64_t n, struct rag_set_vector **out,
	size_t *out_n);
/* Adds a vector, unless the chunk has gone. *out: 1, or 0. */
BH_MUST_CHECK int rag_store_set_put(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_set *set, int64_t chunk, int64_t part,
	struct bh_floats vector, int64_t *out);
/* Adds the vectors of the chunks first to last to the usage of their files. */
BH_MUST_CHECK int rag_store_set_count(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_set *set, int64_t first, int64_t last);
/* Writes down how far the set is, and where it lies. */
BH_MUST_CHECK int rag_store_set_advance(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_set *set);

/* building → failed. */
BH_MUST_CHECK int rag_store_set_fail(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set, const char *error);
/* building, failed → retired. */
BH_MUST_CHECK int rag_store_set_retire(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set);
/* Searches find the set's vectors from the commit on, and the store has its model; the set at `place`
 * is retired. */
BH_MUST_CHECK int rag_store_set_swap(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_place *place, const struct rag_set *set);

/* Deletes `limit` vectors of a set, on the side that it was searched on or (other) on the other one, where a
 * move may have left copies, which no usage counts. *out: how many there were. */
BH_MUST_CHECK int rag_store_set_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_set *set, bool other, int64_t limit,
	int64_t *out);
/* Nothing of it is left: the row of a retired one goes, that of a failed one says so. */
BH_MUST_CHECK int rag_store_set_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *set);
/* The rows of a store that is gone or emptied, when no vectors are left. */
BH_MUST_CHECK int rag_store_set_drop_all(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);

#endif
