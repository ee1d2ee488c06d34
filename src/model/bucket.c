/* SPDX-License-Identifier: Apache-2.0 */
/* bucket.c: a tenant's tokens a minute, as the time at which its bucket is full again. */
#include "model/bucket.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define MINUTE_US 60000000LL

/* Turns of waiting for a set after which its holder is looked at, and those after which it cannot be who it
 * seems: it holds for less than a microsecond, and a killed one's number may be another process's by now. */
enum { PATIENCE = 1000, PATIENCE_MOST = 5000000 };

static struct model_bucket_set *
set_lock(struct model_buckets *buckets, const struct bh_uuid *tenant)
{
	struct model_bucket_set *set;
	uint32_t me = (uint32_t)getpid();
	uint64_t high, low;

	memcpy(&high, tenant->bytes, 8);
	memcpy(&low, tenant->bytes + 8, 8);
	set = &buckets->sets[((high ^ low) * 0x9e3779b97f4a7c15ull >> 32) % MODEL_BUCKET_SETS];
	for (unsigned turns = 1;; turns++) {
		uint32_t holder = 0;

		if (atomic_compare_exchange_strong(&set->holder, &holder, me))
			return set;
		if (turns % PATIENCE != 0)
			continue;
		/* A process that was killed in here left one bucket a little off at most. */
		if ((turns >= PATIENCE_MOST || (kill((pid_t)holder, 0) < 0 && errno == ESRCH)) &&
			atomic_compare_exchange_strong(&set->holder, &holder, me))
			return set;
		sched_yield();
	}
}

static void
set_unlock(struct model_bucket_set *set)
{
	atomic_store(&set->holder, 0);
}

/* The tenant's bucket; NULL if it has none, which is as good as a full one. */
static struct model_bucket *
find(struct model_bucket_set *set, const struct bh_uuid *tenant)
{
	for (size_t i = 0; i < MODEL_BUCKET_WAYS; i++) {
		if (bh_uuid_equal(&set->buckets[i].tenant, tenant))
			return &set->buckets[i];
	}
	return NULL;
}

/* The tenant's bucket, or the one that is full for the longest time, or nearest to it, in its place. */
static struct model_bucket *
find_or_evict(struct model_bucket_set *set, const struct bh_uuid *tenant, int64_t now_us)
{
	struct model_bucket *bucket = find(set, tenant);

	if (bucket != NULL)
		return bucket;
	bucket = &set->buckets[0];
	for (size_t i = 1; i < MODEL_BUCKET_WAYS; i++) {
		if (set->buckets[i].full_us < bucket->full_us)
			bucket = &set->buckets[i];
	}
	bucket->tenant = *tenant;
	bucket->full_us = now_us;
	return bucket;
}

/* Microseconds that `tokens` take to flow back. */
static int64_t
refill_us(int64_t tokens, int64_t per_minute)
{
	return (int64_t)((__int128)tokens * MINUTE_US / per_minute);
}

/* A full bucket's time lies in the past; it counts from now. */
static int64_t
sane_us(int64_t full_us, int64_t now_us)
{
	return full_us < now_us ? now_us : full_us;
}

int64_t
model_buckets_take(struct model_buckets *buckets, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us, int64_t *out_charged)
{
	int64_t charged = tokens < per_minute ? tokens : per_minute;
	struct model_bucket_set *set = set_lock(buckets, tenant);
	struct model_bucket *bucket = find_or_evict(set, tenant, now_us);
	int64_t full_us = sane_us(bucket->full_us, now_us) + refill_us(charged, per_minute);
	int64_t wait_us = full_us - now_us - MINUTE_US;

	if (wait_us <= 0)
		bucket->full_us = full_us;
	set_unlock(set);
	if (wait_us > 0)
		return wait_us;
	*out_charged = charged;
	return 0;
}

void
model_buckets_adjust(struct model_buckets *buckets, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us)
{
	struct model_bucket_set *set;
	struct model_bucket *bucket;

	if (per_minute <= 0 || tokens == 0)
		return;
	set = set_lock(buckets, tenant);
	bucket = tokens > 0 ? find_or_evict(set, tenant, now_us) : find(set, tenant);
	if (bucket != NULL)
		bucket->full_us = sane_us(bucket->full_us, now_us) + refill_us(tokens, per_minute);
	set_unlock(set);
}

void
model_buckets_raise(struct model_buckets *buckets, const struct bh_uuid *tenant, int64_t owed_us,
	int64_t now_us)
{
	struct model_bucket_set *set;
	struct model_bucket *bucket;

	if (owed_us <= 0)
		return;
	set = set_lock(buckets, tenant);
	bucket = find_or_evict(set, tenant, now_us);
	if (bucket->full_us < now_us + owed_us)
		bucket->full_us = now_us + owed_us;
	set_unlock(set);
}

int64_t
model_buckets_left(struct model_buckets *buckets, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t now_us)
{
	struct model_bucket_set *set = set_lock(buckets, tenant);
	const struct model_bucket *bucket = find(set, tenant);
	int64_t owed_us = bucket != NULL ? sane_us(bucket->full_us, now_us) - now_us : 0;
	int64_t left_us = MINUTE_US - owed_us;

	set_unlock(set);
	return left_us <= 0 ? 0 : (int64_t)((__int128)left_us * per_minute / MINUTE_US);
}
