/* SPDX-License-Identifier: Apache-2.0 */
/* store_picture.h: the SQL of pictures that a tenant keeps. Tenant is always the second argument. One whose file has
 * expired is not there. */
#ifndef BH_MULTIMODAL_STORE_PICTURE_H
#define BH_MULTIMODAL_STORE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct bh_slice;

/* A row of `picture`; texts are NULL where nothing is known. */
struct multimodal_picture {
	struct bh_uuid id, file;
	bool has_file; /* the file was written for it */
	const char *source, *format;
	int64_t width, height, bytes;
	const char *prompt, *model, *quality, *alt;
	bool has_seed;
	int64_t seed;
	int64_t created_ms, expires_ms; /* expires_ms 0: never */
	const char *words;              /* not read by lists */
	struct bh_bytes hashes;         /* written only: PICTURE_HASHES of 8 bytes, or none */
	const int64_t *terms;           /* written only */
	size_t n_terms;
	double score;     /* of a search by words: the share of them that was found */
	int64_t distance; /* of a search by picture: bits */
	bool has_score, has_distance;
};

/* Makes the caller the only one who writes the tenant's pictures until its transaction ends. Every transaction that calls
 * one of the next three does so first. */
BH_MUST_CHECK int multimodal_store_picture_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t *out_change);
/* BH_E_REFERENCE: the file is gone. */
BH_MUST_CHECK int multimodal_store_picture_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture, int64_t change);
/* The picture of a file. */
BH_MUST_CHECK int multimodal_store_picture_of_file(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *file, struct multimodal_picture *out, bool *out_found);
/* alt, words and hashes. */
BH_MUST_CHECK int multimodal_store_picture_change(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture, int64_t change);

/* terms, in place of those that it had. */
BH_MUST_CHECK int multimodal_store_picture_terms(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture);

/* BH_E_NOT_FOUND. */
BH_MUST_CHECK int multimodal_store_picture_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct multimodal_picture *out);
BH_MUST_CHECK int multimodal_store_picture_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct multimodal_picture **out, size_t *out_n);
/* Those of these that are there, in no order. */
BH_MUST_CHECK int multimodal_store_picture_some(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *ids, size_t n, struct multimodal_picture **out, size_t *out_n);
/* How many there are, counted up to `most`. */
BH_MUST_CHECK int multimodal_store_picture_count(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t most, int64_t *out);
/* The row; its file is the caller's. One that is not there is none. */
BH_MUST_CHECK int multimodal_store_picture_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* Terms of a query; those of one word have the same group, and one of them is enough. */
struct multimodal_wanted_terms {
	const int64_t *terms, *groups;
	size_t n;
	size_t n_groups;
	int64_t each; /* of how many pictures that have a term it is counted: of the newest */
};
/* The `limit` with most of the words, of these the newest first; with their score. */
BH_MUST_CHECK int multimodal_store_picture_search(struct bh_db *db, const struct bh_uuid *tenant,
	const struct multimodal_wanted_terms *wanted, int64_t limit, struct multimodal_picture **out,
	size_t *out_n);

/* ---- what near.h reads ---- */

struct multimodal_hashed {
	struct bh_uuid id;
	int64_t change;
	struct bh_bytes hashes;
};
/* The tenant's last change; 0: it has none. */
BH_MUST_CHECK int multimodal_store_picture_changes(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t *out);
/* Those with hashes behind one change up to another, in their order. */
BH_MUST_CHECK int multimodal_store_picture_hashes(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t after, int64_t until, int64_t limit, struct multimodal_hashed **out, size_t *out_n);

#endif
