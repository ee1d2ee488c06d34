/* SPDX-License-Identifier: Apache-2.0 */
/* onward_cache.c: a hash table with chains; when it is full, a chain's oldest token makes room. */
#include "service/onward_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sec/digest.h"

#define BUCKETS 1024u
#define CHAIN_MOST 8u /* 8,192 tokens in all */

struct entry {
	struct entry *next; /* newest first */
	struct bh_uuid tenant, credential;
	char *subject; /* owned */
	char *scope;   /* owned */
	char *token;   /* owned; wiped */
	int64_t expires_ms;
};

struct bh_onward_cache {
	pthread_mutex_t lock;
	struct entry *buckets[BUCKETS];
};

struct bh_onward_cache *
bh_onward_cache_new(void)
{
	struct bh_onward_cache *cache = calloc(1, sizeof(*cache));

	BH_ASSERT(cache != NULL);
	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void
entry_free(struct entry *entry)
{
	bh_wipe(entry->token, strlen(entry->token));
	free(entry->token);
	free(entry->subject);
	free(entry->scope);
	free(entry);
}

void
bh_onward_cache_free(struct bh_onward_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (cache->buckets[i] != NULL) {
			struct entry *entry = cache->buckets[i];

			cache->buckets[i] = entry->next;
			entry_free(entry);
		}
	}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* FNV-1a: the keys are our own ids, and a chain is short whatever they are. */
static uint32_t
mix(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT32_C(16777619);
	return hash;
}

static struct entry **
bucket(struct bh_onward_cache *cache, const struct bh_onward_key *key)
{
	uint32_t hash = mix(UINT32_C(2166136261), key->tenant.bytes, sizeof(key->tenant.bytes));

	hash = mix(hash, key->subject, strlen(key->subject));
	hash = mix(hash, key->scope, strlen(key->scope));
	return &cache->buckets[hash % BUCKETS];
}

static bool
is_of(const struct entry *entry, const struct bh_onward_key *key)
{
	return bh_uuid_equal(&entry->tenant, &key->tenant) &&
		bh_uuid_equal(&entry->credential, &key->credential) &&
		strcmp(entry->subject, key->subject) == 0 && strcmp(entry->scope, key->scope) == 0;
}

bool
bh_onward_cache_find(struct bh_onward_cache *cache, const struct bh_onward_key *key,
	int64_t good_until_ms, char *out, size_t size)
{
	bool found = false;

	pthread_mutex_lock(&cache->lock);
	for (struct entry *at = *bucket(cache, key); at != NULL && !found; at = at->next) {
		if (is_of(at, key) && at->expires_ms >= good_until_ms && strlen(at->token) < size) {
			memcpy(out, at->token, strlen(at->token) + 1);
			found = true;
		}
	}
	pthread_mutex_unlock(&cache->lock);
	return found;
}

static void
drop(struct entry **head, const struct bh_onward_key *key)
{
	for (struct entry **at = head; *at != NULL;) {
		struct entry *entry = *at;

		if (is_of(entry, key)) {
			*at = entry->next;
			entry_free(entry);
		} else {
			at = &entry->next;
		}
	}
}

void
bh_onward_cache_drop(struct bh_onward_cache *cache, const struct bh_onward_key *key)
{
	pthread_mutex_lock(&cache->lock);
	drop(bucket(cache, key), key);
	pthread_mutex_unlock(&cache->lock);
}

void
bh_onward_cache_put(struct bh_onward_cache *cache, const struct bh_onward_key *key,
	const char *token, int64_t expires_ms)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct entry **head = bucket(cache, key);
	struct entry **at = head;

	BH_ASSERT(entry != NULL);
	entry->tenant = key->tenant;
	entry->credential = key->credential;
	entry->subject = strdup(key->subject);
	entry->scope = strdup(key->scope);
	entry->token = strdup(token);
	entry->expires_ms = expires_ms;
	BH_ASSERT(entry->subject != NULL && entry->scope != NULL && entry->token != NULL);
	pthread_mutex_lock(&cache->lock);
	drop(head, key);
	for (size_t i = 0; i < CHAIN_MOST - 1 && *at != NULL; i++)
		at = &(*at)->next;
	while (*at != NULL) {
		struct entry *old = *at;

		*at = old->next;
		entry_free(old);
	}
	entry->next = *head;
	*head = entry;
	pthread_mutex_unlock(&cache->lock);
}
