/* SPDX-License-Identifier: Apache-2.0 */
/* terms.c: a small cache in front of the books. */
#include "meter/terms.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

/* With more limited owners than OWNERS each act of the tenant asks the database. */
enum { ENTRIES = 1024, FRESH_MS = 1000, OWNERS = 256 };

struct cached {
	struct bh_arena arena; /* owned: the arrays of the terms */
	struct bh_uuid tenant;
	int64_t until_ms;
	struct meter_terms terms;
};

struct meter_terms_cache {
	pthread_mutex_t lock;
	struct cached entries[ENTRIES];
};

int
meter_terms_open(struct meter_terms_cache **out)
{
	struct meter_terms_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&cache->lock, NULL);
	*out = cache;
	return 0;
}

void
meter_terms_close(struct meter_terms_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < ENTRIES; i++)
		bh_arena_close(&cache->entries[i].arena);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* Its last eight bytes are random. */
static struct cached *
place(struct meter_terms_cache *cache, const struct bh_uuid *tenant)
{
	uint64_t low;

	memcpy(&low, tenant->bytes + 8, sizeof(low));
	return &cache->entries[(low * 0x9e3779b97f4a7c15ull >> 32) % ENTRIES];
}

static struct meter_terms
terms_copy(struct bh_arena *arena, const struct meter_terms *from)
{
	struct meter_terms to = *from;

	to.owners = (const void *)bh_arena_copy(arena, from->owners,
		from->n_owners * sizeof(*from->owners));
	to.rates = (const void *)bh_arena_copy(arena, from->rates,
		from->n_rates * sizeof(*from->rates));
	return to;
}

static int
terms_read(struct bh_db *db, const struct bh_uuid *tenant, struct meter_terms *out)
{
	struct meter_books_terms row = {0};
	struct bh_uuid *owners = NULL;
	struct meter_rate *rates = NULL;
	struct meter_terms terms = {0};
	int rc = meter_books_terms(db, tenant, &row);

	terms.binds_all = row.is_limited || row.n_owners > OWNERS;
	if (rc == 0 && row.n_owners > 0 && !terms.binds_all)
		rc = meter_books_owners(db, tenant, OWNERS, &owners, &terms.n_owners);
	if (rc == 0 && row.n_rates > 0)
		rc = meter_books_rates(db, tenant, &rates, &terms.n_rates);
	if (rc < 0)
		return rc;
	terms.owners = owners;
	terms.rates = rates;
	*out = terms;
	return 0;
}

int
meter_terms_get(struct meter_terms_cache *cache, struct bh_db *db, const struct bh_uuid *tenant,
	int64_t steady_ms, struct meter_terms *out)
{
	struct cached *cached = place(cache, tenant);
	struct meter_terms terms;
	bool hit;
	int rc;

	pthread_mutex_lock(&cache->lock);
	hit = cached->until_ms > steady_ms && bh_uuid_equal(&cached->tenant, tenant);
	if (hit)
		*out = terms_copy(db->arena, &cached->terms);
	pthread_mutex_unlock(&cache->lock);
	if (hit)
		return 0;

	rc = terms_read(db, tenant, &terms);
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&cache->lock);
	bh_arena_close(&cached->arena);
	cached->tenant = *tenant;
	cached->until_ms = steady_ms + FRESH_MS;
	cached->terms = terms_copy(&cached->arena, &terms);
	pthread_mutex_unlock(&cache->lock);
	*out = terms;
	return 0;
}

void
meter_terms_forget(struct meter_terms_cache *cache, const struct bh_uuid *tenant)
{
	struct cached *cached = place(cache, tenant);

	pthread_mutex_lock(&cache->lock);
	cached->until_ms = 0;
	pthread_mutex_unlock(&cache->lock);
}

bool
meter_terms_bind(const struct meter_terms *terms, const struct meter_slot *slot)
{
	if (terms->binds_all)
		return true;
	for (size_t i = 0; i < terms->n_owners; i++) {
		if (bh_uuid_equal(&terms->owners[i], &slot->key) ||
			bh_uuid_equal(&terms->owners[i], &slot->user) ||
			bh_uuid_equal(&terms->owners[i], &slot->team))
			return true;
	}
	return false;
}

int64_t
meter_terms_rate(const struct meter_terms *terms, enum meter_kind kind, int64_t prices[METER_LINES],
	bool rated[METER_LINES])
{
	int64_t version = 0;

	for (size_t i = 0; i < terms->n_rates; i++) {
		int64_t line = terms->rates[i].meter - METER_NUMBER((int64_t)kind, 0);

		if (line < 0 || line >= METER_LINES)
			continue;
		prices[line] = terms->rates[i].nanos;
		rated[line] = true;
		version = terms->rates[i].version;
	}
	return version;
}
