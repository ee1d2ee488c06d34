/* SPDX-License-Identifier: Apache-2.0 */
/* bucket.h: the token buckets of the shared file (calls.h), sets of sixteen with a lock each. */
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

/* As the functions of calls.h. */
int64_t model_buckets_take(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us, int64_t *out_charged);
void model_buckets_adjust(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us);
int64_t model_buckets_left(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t now_us);

#endif
