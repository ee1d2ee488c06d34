/* SPDX-License-Identifier: Apache-2.0 */
/* bucket.h: the token buckets, sets of sixteen with a lock each, in the shared file of the calls in flight
 * (meter/slot.h): all model processes of the machine charge the same ones.
 *
 * GCRA with a burst of one minute. Each is one tenant's alone. A full bucket has no information and can be
 * replaced; if sixteen tenants of the same set of the table are all short of tokens, the bucket of the one that
 * lacks least is replaced, so that no tenant is refused because of another. */
#ifndef BH_MODEL_BUCKET_H
#define BH_MODEL_BUCKET_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/uuid.h"

enum { MODEL_BUCKET_SETS = 4096, MODEL_BUCKET_WAYS = 16 };

/* GCRA: the time at which the bucket is full again ("theoretical arrival time"). */
struct model_bucket {
	struct bh_uuid tenant;
	int64_t full_us; /* steady clock; in the past: full, and free for another tenant */
};

struct model_bucket_set {
	_Atomic uint32_t holder; /* process id of who is in it; 0: nobody */
	struct model_bucket buckets[MODEL_BUCKET_WAYS];
};

/* In shared memory; zeroed is valid: all are full. */
struct model_buckets {
	struct model_bucket_set sets[MODEL_BUCKET_SETS];
};

/* Charges `tokens` (at most the limit itself) to the tenant's bucket. 0, or the microseconds to wait.
 * *out_charged is what was charged. now_us: steady clock. */
int64_t model_buckets_take(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us, int64_t *out_charged);
/* Corrects an earlier charge by `tokens` (negative: gives back). */
void model_buckets_adjust(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us);
/* Makes the tenant's bucket owe at least so much time. */
void model_buckets_raise(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t owed_us, int64_t now_us);
/* Tokens that would be admitted now. */
int64_t model_buckets_left(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t now_us);

#endif
