/* SPDX-License-Identifier: Apache-2.0 */
/* rate.h: a tenant's tokens a minute, as one figure for all model processes where they share one (shared/shared.h),
 * and by this machine's buckets where they do not, or while the shared one is away. */
#ifndef BH_MODEL_RATE_H
#define BH_MODEL_RATE_H

#include <stdint.h>

#include "base/uuid.h"

struct bh_shared;
struct model_buckets;

/* Borrows both; `shared` may be NULL. */
struct model_rate {
	struct bh_shared *shared;
	struct model_buckets *buckets;
};

struct model_rate_taken {
	int64_t wait_us; /* 0: it was taken */
	int64_t charged; /* tokens: at most the limit itself */
	int64_t left;    /* tokens that would be admitted after that */
};

/* Charges the tenant. While the shared figure is away, a process has its part of the limit, and all together begin
 * with one part; so does the shared figure when it is back. now_us: steady clock. */
struct model_rate_taken model_rate_take(const struct model_rate *rate, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us);
/* Corrects an earlier charge by `tokens` (negative: gives back). */
void model_rate_adjust(const struct model_rate *rate, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us);

#endif
