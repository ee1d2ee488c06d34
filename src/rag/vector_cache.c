/* SPDX-License-Identifier: Apache-2.0 */
/* vector_cache.c: sets of eight entries, chosen by the hash of tenant, model and text. */
#include "rag/vector_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "sec/digest.h"

enum { WAYS = 8, WAYS_OF_ONE = WAYS / 2 };

struct entry {
	struct bh_digest key;
	struct bh_uuid tenant;
	int64_t until_ms;
	float *floats; /* owned; NULL: free */
	size_t count;
	uint64_t used;
};

struct rag_vector_cache {
	pthread_mutex_t lock;
	struct entry *entries; /* owned */
	size_t sets;
	int64_t life_ms;
	uint64_t clock;
};

int
rag_vector_cache_new(size_t entries, int64_t life_ms, struct rag_vector_cache **out)
{
	struct rag_vector_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return BH_E_MEMORY;
	cache->life_ms = life_ms;
	cache->sets = (entries + WAYS - 1) / WAYS;
	if (cache->sets == 0)
		cache->sets = 1;
	cache->entries = calloc(cache->sets * WAYS, sizeof(*cache->entries));
	if (cache->entries == NULL) {
		free(cache);
		return BH_E_MEMORY;
	}
	pthread_mutex_init(&cache->lock, NULL);
	*out = cache;
	return 0;
}

void
rag_vector_cache_free(struct rag_vector_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->sets * WAYS; i++)
		free(cache->entries[i].floats);
	free(cache->entries);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* The parts are told apart by their fixed length (tenant) and a NUL (model, text). */
static void
key_of(const struct bh_uuid *tenant, const char *model, const char *text, struct bh_digest *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf bytes = {0};

	bh_buf_add(&bytes, tenant->bytes, sizeof(tenant->bytes));
	bh_buf_add(&bytes, model, strlen(model) + 1);
	bh_buf_add(&bytes, text, strlen(text));
	bh_digest_sha256(bytes.data, bytes.len, out);
}

static struct entry *
set_of(struct rag_vector_cache *cache, const struct bh_digest *key)
{
	uint64_t at;

	memcpy(&at, key->bytes, sizeof(at));
	return &cache->entries[(size_t)(at % cache->sets) * WAYS];
}

static struct entry *
find(struct entry *set, const struct bh_digest *key, int64_t now_ms)
{
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].floats != NULL && now_ms < set[i].until_ms &&
			memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	return NULL;
}

bool
rag_vector_cache_find(struct rag_vector_cache *cache, const struct bh_uuid *tenant,
	const char *model, const char *text, int64_t now_ms, struct bh_arena *arena,
	struct bh_floats *out)
{
	struct bh_digest key;
	struct entry *entry;

	key_of(tenant, model, text, &key);
	pthread_mutex_lock(&cache->lock);
	entry = find(set_of(cache, &key), &key, now_ms);
	if (entry != NULL) {
		entry->used = ++cache->clock;
		out->data = (const float *)(const void *)bh_arena_copy(arena, entry->floats,
			entry->count * sizeof(float));
		out->count = entry->count;
	}
	pthread_mutex_unlock(&cache->lock);
	return entry != NULL;
}

/* What gives way to an entry of this tenant: a free or outlived one while the tenant has less than its
 * share of the set; else the least recently used one, of its own when it has the share. */
static struct entry *
least(struct entry *set, const struct bh_uuid *tenant, int64_t now_ms)
{
	struct entry *found = NULL;
	size_t own = 0, i;

	for (i = 0; i < WAYS; i++)
		own += set[i].floats != NULL && now_ms < set[i].until_ms &&
			bh_uuid_equal(&set[i].tenant, tenant);
	for (i = 0; i < WAYS; i++) {
		struct entry *entry = &set[i];
		bool free = entry->floats == NULL || now_ms >= entry->until_ms;

		if (own >= WAYS_OF_ONE && (free || !bh_uuid_equal(&entry->tenant, tenant)))
			continue;
		if (free)
			return entry;
		if (found == NULL || entry->used < found->used)
			found = entry;
	}
	return found;
}

void
rag_vector_cache_keep(struct rag_vector_cache *cache, const struct bh_uuid *tenant,
	const char *model, const char *text, int64_t now_ms, struct bh_floats vector)
{
	float *copy = malloc(vector.count * sizeof(float));
	struct bh_digest key;
	struct entry *set, *entry;

	if (copy == NULL)
		return;
	memcpy(copy, vector.data, vector.count * sizeof(float));
	key_of(tenant, model, text, &key);

	pthread_mutex_lock(&cache->lock);
	set = set_of(cache, &key);
	entry = find(set, &key, now_ms);
	if (entry == NULL)
		entry = least(set, tenant, now_ms);
	free(entry->floats);
	*entry = (struct entry){.key = key,
		.tenant = *tenant,
		.until_ms = now_ms + cache->life_ms,
		.floats = copy,
		.count = vector.count,
		.used = ++cache->clock};
	pthread_mutex_unlock(&cache->lock);
}

size_t
rag_vector_cache_drop(struct rag_vector_cache *cache, const struct bh_uuid *tenant)
{
	size_t n = 0;

	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < cache->sets * WAYS; i++) {
		struct entry *entry = &cache->entries[i];

		if (entry->floats == NULL || !bh_uuid_equal(&entry->tenant, tenant))
			continue;
		free(entry->floats);
		*entry = (struct entry){0};
		n++;
	}
	pthread_mutex_unlock(&cache->lock);
	return n;
}
