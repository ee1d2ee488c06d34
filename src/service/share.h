/* SPDX-License-Identifier: Apache-2.0 */
/* share.h: a shared resource: a total, a share for each tenant, and turns for waiting. */
#ifndef BH_SERVICE_SHARE_H
#define BH_SERVICE_SHARE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_share_tenant;

/* Bytes, or requests. Used by many threads. */
struct bh_share {
	const char *what;    /* static: "memory for request bodies", for refusals */
	int64_t most;        /* in all */
	int64_t tenant_most; /* of one tenant, but for a first piece that is larger */
	/* The part of `most` that only tenants may use that hold at most `small` with it: small requests
	 * find room however much the others hold. */
	int64_t reserve, small;
	pthread_mutex_t lock; /* guards what follows */
	int64_t used;
	uint64_t waited, refused;
	struct bh_share_tenant *tenants[256]; /* owned; who holds or waits, by their ids */
	struct bh_share_tenant *waiting;      /* a ring; the next whose turn it is */
	size_t n_waiting;                     /* tenants in it */
};

/* A tenant has `percent` of `most`. */
void bh_share_init(struct bh_share *share, const char *what, int64_t most, int64_t percent,
	int64_t small);
/* When nobody holds anything. */
void bh_share_close(struct bh_share *share);

/* Takes an amount, at once or within wait_ms. Who waits is served in turns by tenant, one tenant's
 * threads in their order. BH_E_BUSY when it is the tenant's own share that is used up, BH_E_UNAVAILABLE
 * when it is the total, both with a detail; BH_E_TOO_LARGE for an amount that never fits. */
BH_MUST_CHECK int bh_share_take(struct bh_share *share, const struct bh_uuid *tenant,
	int64_t amount, int64_t wait_ms);

/* Gives back what was taken, or a part. */
void bh_share_give(struct bh_share *share, const struct bh_uuid *tenant, int64_t amount);

struct bh_share_state {
	int64_t used;
	uint64_t waited, refused; /* since the start */
};
struct bh_share_state bh_share_state(struct bh_share *share);

#endif
