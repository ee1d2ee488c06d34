/* SPDX-License-Identifier: Apache-2.0 */
/* sums.h: SHA256SUMS of a backup: a line "HEX  PATH" for each file. */
#ifndef BH_BACKUP_SUMS_H
#define BH_BACKUP_SUMS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "sec/digest.h"

#define BACKUP_PATH_MAX 120u

struct backup_sum {
	const char *path; /* in the arena */
	struct bh_digest hash;
};

/* Ordered by path. Zeroed means none. */
struct backup_sums {
	struct bh_arena arena; /* owned */
	struct backup_sum *list;
	size_t n;
};

void backup_sums_add(struct bh_buf *text, const char *path, const struct bh_digest *hash);

/* A path is relative, of letters, digits and "._-" between slashes, and has no part that begins with a dot.
 * BH_E_INVALID: anything else, or a path twice. */
BH_MUST_CHECK int backup_sums_parse(const char *text, size_t len, struct backup_sums *out);
const struct backup_sum *backup_sums_find(const struct backup_sums *sums, const char *path);
void backup_sums_close(struct backup_sums *sums);

#endif
