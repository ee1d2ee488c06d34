/* SPDX-License-Identifier: Apache-2.0 */
/* near.h: which pictures of a tenant are nearly the same as one: the hashes of all of them, kept in memory from the first
 * search on, read on from the database with each, and compared one by one (docs/pictures.md).
 *
 * What this process has not read yet, the next search reads: the number of the tenant's last change says how far it is
 * behind. Pictures that were deleted are forgotten when somebody looks for what was found, and with all the others after a
 * while, when everything is read anew. */
#ifndef BH_MULTIMODAL_NEAR_H
#define BH_MULTIMODAL_NEAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "picture/protocol.h"

struct multimodal_picture;

/* A process's; thread-safe. Once more than `pictures` are held, of the tenants that hold more than an equal share of them the one
 * that searched longest ago gives way; one tenant's are held whatever their number, while it searches. */
struct multimodal_near;
struct multimodal_near *multimodal_near_new(size_t pictures);
void multimodal_near_free(struct multimodal_near *near); /* safe on NULL */

struct multimodal_near_ask {
	const struct bh_uuid *tenant;
	const uint64_t *hashes; /* PICTURE_HASHES */
	size_t most;            /* MULTIMODAL_NEAR_MOST at most */
	int64_t now_ms;         /* steady clock */
};
#define MULTIMODAL_NEAR_MOST 100

/* The nearest, with their distances, those first that differ least, of these the newest. In the db's arena. */
BH_MUST_CHECK int multimodal_near_find(struct multimodal_near *near, struct bh_db *db,
	const struct multimodal_near_ask *ask, struct multimodal_picture **out, size_t *out_n);

/* Forgets a tenant's, and says how many there were. */
size_t multimodal_near_drop(struct multimodal_near *near, const struct bh_uuid *tenant);

/* As a row keeps them: big-endian. */
#define MULTIMODAL_HASH_BYTES (8 * PICTURE_HASHES)
void multimodal_near_pack(const uint64_t *hashes, unsigned char out[MULTIMODAL_HASH_BYTES]);
void multimodal_near_unpack(const unsigned char *bytes, uint64_t out[PICTURE_HASHES]);

#endif
