/* SPDX-License-Identifier: Apache-2.0 */
/* spool.h: what work without a request of its own keeps on disk for a while: counted in its tenant's share like what requests
 * spool (bh_request_spool), in the account `spool`. */
#ifndef BH_SERVICE_SPOOL_H
#define BH_SERVICE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_runtime;

/* Zeroed but for its first members: nothing is held. One thread's at a time. */
struct bh_spool {
	struct bh_runtime *runtime; /* borrowed */
	struct bh_uuid tenant;
	int64_t bytes; /* held now */
};

/* Takes room for so many bytes, before they are written; waits up to wait_ms for it. BH_E_BUSY where the tenant's own share
 * is used up, BH_E_UNAVAILABLE where all is, BH_E_TOO_LARGE for what never fits, BH_E_CANCELLED once *cancel is set (NULL: never).
 * What is held already is held on: who needs more than once takes it at once, or others that do likewise wait for each
 * other. */
BH_MUST_CHECK int bh_spool_take(struct bh_spool *spool, int64_t bytes, int64_t wait_ms,
	const bool *cancel);
/* Once they are gone from the disk. */
void bh_spool_give(struct bh_spool *spool, int64_t bytes);
/* All of it. Safe on a zeroed one, and twice. */
void bh_spool_close(struct bh_spool *spool);

#endif
