/* SPDX-License-Identifier: Apache-2.0 */
/* limiter.c: the generic cell rate algorithm, shared or over a small hash table. */
#include "auth/limiter.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sec/digest.h"
#include "shared/shared.h"

enum { WAYS = 8 };

/* A name by its keyed hash, and the time at which it has all its attempts again. */
struct entry {
	uint64_t name; /* 0: free */
	int64_t full_ms;
};

struct auth_limiter {
	struct auth_limiter_conf conf;
	struct bh_shared *shared;    /* borrowed; NULL: none */
	struct bh_secret shared_key; /* of all processes */
	struct bh_secret key;        /* nobody outside can choose names that share a bucket */
	pthread_mutex_t lock;
	size_t n_buckets;
	struct entry *entries; /* owned */
};

int
auth_limiter_open(const struct auth_limiter_conf *conf, struct bh_shared *shared,
	const struct bh_secret *key, struct auth_limiter **out)
{
	struct auth_limiter *limiter = calloc(1, sizeof(*limiter));

	if (limiter == NULL)
		return BH_E_MEMORY;
	limiter->conf = *conf;
	limiter->shared = shared;
	if (key != NULL)
		limiter->shared_key = *key;
	limiter->n_buckets = (conf->entries + WAYS - 1) / WAYS;
	limiter->entries = calloc(limiter->n_buckets * WAYS, sizeof(*limiter->entries));
	if (limiter->entries == NULL) {
		free(limiter);
		return BH_E_MEMORY;
	}
	bh_random(limiter->key.bytes, sizeof(limiter->key.bytes));
	pthread_mutex_init(&limiter->lock, NULL);
	*out = limiter;
	return 0;
}

void
auth_limiter_close(struct auth_limiter *limiter)
{
	if (limiter == NULL)
		return;
	pthread_mutex_destroy(&limiter->lock);
	bh_secret_close(&limiter->shared_key);
	free(limiter->entries);
	free(limiter);
}

/* The bucket where a name belongs, and the hash that tells it there. */
static struct entry *
bucket_of(const struct auth_limiter *limiter, const char *name, uint64_t *out_hash)
{
	struct bh_digest digest;
	uint64_t number, hash;

	bh_digest_hmac(&limiter->key, name, strlen(name), &digest);
	memcpy(&number, digest.bytes, sizeof(number));
	memcpy(&hash, digest.bytes + sizeof(number), sizeof(hash));
	*out_hash = hash | 1;
	return &limiter->entries[(size_t)(number % limiter->n_buckets) * WAYS];
}

/* The name's entry, or NULL. Under the lock. */
static struct entry *
entry_find(const struct auth_limiter *limiter, const char *name)
{
	uint64_t hash;
	struct entry *bucket = bucket_of(limiter, name, &hash);

	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].name == hash)
			return &bucket[i];
	return NULL;
}

/* The name's entry, or a new one in place of the one that is full soonest and so loses least. Under the
 * lock. */
static struct entry *
entry_of(struct auth_limiter *limiter, const char *name)
{
	uint64_t hash;
	struct entry *bucket = bucket_of(limiter, name, &hash), *place = bucket;

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].name == hash)
			return &bucket[i];
		if (bucket[i].full_ms < place->full_ms)
			place = &bucket[i];
	}
	*place = (struct entry){.name = hash};
	return place;
}

/* ---- among all processes ---- */

/* Names are people's addresses: the key holds a keyed hash. They belong to no tenant yet. */
static void
shared_name(const struct auth_limiter *limiter, const char *name, char out[BH_SHARED_KEY_BYTES])
{
	char hex[2 * sizeof(struct bh_digest) + 1], what[40];
	struct bh_digest digest;

	bh_digest_hmac(&limiter->shared_key, name, strlen(name), &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	snprintf(what, sizeof(what), "rate:auth.%s", limiter->conf.what);
	bh_shared_key(&bh_platform_tenant, what, hex, out);
}

static int64_t
interval_us(const struct auth_limiter *limiter)
{
	return limiter->conf.interval_ms * 1000;
}

static int64_t
burst_us(const struct auth_limiter *limiter)
{
	return interval_us(limiter) * limiter->conf.burst;
}

/* True: it was decided there, *out_wait_ms 0 or how long to wait. */
static bool
take_shared(struct auth_limiter *limiter, const char *name, int64_t *out_wait_ms)
{
	char key[BH_SHARED_KEY_BYTES];
	struct bh_shared_taken taken;

	if (limiter->shared == NULL)
		return false;
	shared_name(limiter, name, key);
	if (bh_shared_take(limiter->shared, key, interval_us(limiter), burst_us(limiter), &taken) < 0) {
		bh_error_clear();
		return false;
	}
	*out_wait_ms = (taken.wait_us + 999) / 1000;
	return true;
}

/* ---- all of them ---- */

/* This process's part: an attempt is regained more slowly by as many as there are. */
static int
take_own(struct auth_limiter *limiter, const char *name, int64_t now_ms, int64_t *out_wait_ms)
{
	int64_t most = bh_shared_part(limiter->shared, limiter->conf.burst);
	int64_t interval_ms = limiter->conf.interval_ms * bh_shared_instances(limiter->shared);
	int64_t room_ms = interval_ms * most;
	int64_t owes_ms = bh_shared_owes_us(limiter->shared, room_ms * 1000, now_ms * 1000) / 1000;
	struct entry *entry;
	int64_t full_ms;
	int rc = 0;

	/* Everybody has one attempt. */
	if (owes_ms > room_ms - interval_ms)
		owes_ms = room_ms - interval_ms;
	pthread_mutex_lock(&limiter->lock);
	entry = entry_of(limiter, name);
	if (entry->full_ms < now_ms + owes_ms)
		entry->full_ms = now_ms + owes_ms;
	full_ms = entry->full_ms + interval_ms;
	if (full_ms - now_ms > room_ms) {
		*out_wait_ms = full_ms - now_ms - room_ms;
		rc = BH_E_RATE_LIMITED;
	} else {
		entry->full_ms = full_ms;
	}
	pthread_mutex_unlock(&limiter->lock);
	return rc;
}

int
auth_limiter_take(struct auth_limiter *limiter, const char *name, int64_t now_ms,
	int64_t *out_wait_ms)
{
	int64_t wait_ms = 0;

	if (!take_shared(limiter, name, &wait_ms))
		return take_own(limiter, name, now_ms, out_wait_ms);
	if (wait_ms == 0)
		return 0;
	*out_wait_ms = wait_ms;
	return BH_E_RATE_LIMITED;
}

/* What cannot be told there comes back by itself. */
void
auth_limiter_give(struct auth_limiter *limiter, const char *name)
{
	char key[BH_SHARED_KEY_BYTES];
	struct entry *entry;

	if (limiter->shared != NULL) {
		shared_name(limiter, name, key);
		if (bh_shared_charge(limiter->shared, key, -interval_us(limiter), burst_us(limiter)) == 0)
			return;
		bh_error_clear();
	}
	pthread_mutex_lock(&limiter->lock);
	entry = entry_find(limiter, name);
	if (entry != NULL)
		entry->full_ms -= limiter->conf.interval_ms * bh_shared_instances(limiter->shared);
	pthread_mutex_unlock(&limiter->lock);
}

void
auth_limiter_forget(struct auth_limiter *limiter, const char *name)
{
	char key[BH_SHARED_KEY_BYTES];
	struct entry *entry;

	if (limiter->shared != NULL) {
		shared_name(limiter, name, key);
		if (bh_shared_forget(limiter->shared, key) < 0)
			bh_error_clear();
	}
	pthread_mutex_lock(&limiter->lock);
	entry = entry_find(limiter, name);
	if (entry != NULL)
		*entry = (struct entry){0};
	pthread_mutex_unlock(&limiter->lock);
}
