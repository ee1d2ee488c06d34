/* vector_cache.c: sets of eight entries, chosen by the hash of tenant, model and text. */
#include "rag/vector_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "sec/digest.h"

enum { WAYS = 8 };

struct entry {
	struct bh_digest key;
	float *floats; /* owned; NULL: free */
	size_t count;
	uint64_t used;
};

struct rag_vector_cache {
	pthread_mutex_t lock;
	struct entry *entries; /* owned */
	size_t sets;
	uint64_t clock;
};

int
rag_vector_cache_new(size_t entries, struct rag_vector_cache **out)
{
	struct rag_vector_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return BH_E_MEMORY;
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
	size_t i;

	if (cache == NULL)
		return;
	for (i = 0; i < cache->sets * WAYS; i++)
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
find(struct entry *set, const struct bh_digest *key)
{
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (set[i].floats != NULL && memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	return NULL;
}

bool
rag_vector_cache_find(struct rag_vector_cache *cache, const struct bh_uuid *tenant,
	const char *model, const char *text, struct bh_arena *arena, struct bh_floats *out)
{
	struct bh_digest key;
	struct entry *entry;

	key_of(tenant, model, text, &key);
	pthread_mutex_lock(&cache->lock);
	entry = find(set_of(cache, &key), &key);
	if (entry != NULL) {
		entry->used = ++cache->clock;
		out->data = (const float *)(const void *)bh_arena_copy(arena, entry->floats,
			entry->count * sizeof(float));
		out->count = entry->count;
	}
	pthread_mutex_unlock(&cache->lock);
	return entry != NULL;
}

void
rag_vector_cache_keep(struct rag_vector_cache *cache, const struct bh_uuid *tenant,
	const char *model, const char *text, struct bh_floats vector)
{
	float *copy = malloc(vector.count * sizeof(float));
	struct bh_digest key;
	struct entry *set, *entry;
	size_t i;

	if (copy == NULL)
		return;
	memcpy(copy, vector.data, vector.count * sizeof(float));
	key_of(tenant, model, text, &key);

	pthread_mutex_lock(&cache->lock);
	set = set_of(cache, &key);
	entry = find(set, &key);
	for (i = 0; entry == NULL && i < WAYS; i++)
		if (set[i].floats == NULL)
			entry = &set[i];
	if (entry == NULL)
		for (entry = set, i = 1; i < WAYS; i++)
			if (set[i].used < entry->used)
				entry = &set[i];
	free(entry->floats);
	*entry =
		(struct entry){.key = key, .floats = copy, .count = vector.count, .used = ++cache->clock};
	pthread_mutex_unlock(&cache->lock);
}
