/* SPDX-License-Identifier: Apache-2.0 */
/* limiter.c: the generic cell rate algorithm over a small hash table. */
#include "auth/limiter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sec/digest.h"

enum { WAYS = 8 };

/* A name by its keyed hash, and the time at which it has all its attempts again. */
struct entry {
	uint64_t name; /* 0: free */
	int64_t full_ms;
};

struct auth_limiter {
	struct auth_limiter_conf conf;
	struct bh_secret key; /* nobody outside can choose names that share a bucket */
	pthread_mutex_t lock;
	size_t n_buckets;
	struct entry *entries; /* owned */
};

int
auth_limiter_open(const struct auth_limiter_conf *conf, struct auth_limiter **out)
{
	struct auth_limiter *limiter = calloc(1, sizeof(*limiter));

	if (limiter == NULL)
		return BH_E_MEMORY;
	limiter->conf = *conf;
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

int
auth_limiter_take(struct auth_limiter *limiter, const char *name, int64_t now_ms,
	int64_t *out_wait_ms)
{
	int64_t room_ms = limiter->conf.interval_ms * limiter->conf.burst;
	struct entry *entry;
	int64_t full_ms;
	int rc = 0;

	pthread_mutex_lock(&limiter->lock);
	entry = entry_of(limiter, name);
	full_ms = (entry->full_ms > now_ms ? entry->full_ms : now_ms) + limiter->conf.interval_ms;
	if (full_ms - now_ms > room_ms) {
		*out_wait_ms = full_ms - now_ms - room_ms;
		rc = BH_E_RATE_LIMITED;
	} else {
		entry->full_ms = full_ms;
	}
	pthread_mutex_unlock(&limiter->lock);
	return rc;
}

void
auth_limiter_give(struct auth_limiter *limiter, const char *name)
{
	struct entry *entry;

	pthread_mutex_lock(&limiter->lock);
	entry = entry_find(limiter, name);
	if (entry != NULL)
		entry->full_ms -= limiter->conf.interval_ms;
	pthread_mutex_unlock(&limiter->lock);
}

void
auth_limiter_forget(struct auth_limiter *limiter, const char *name)
{
	struct entry *entry;

	pthread_mutex_lock(&limiter->lock);
	entry = entry_find(limiter, name);
	if (entry != NULL)
		*entry = (struct entry){0};
	pthread_mutex_unlock(&limiter->lock);
}
