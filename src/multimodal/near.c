/* SPDX-License-Identifier: Apache-2.0 */
/* near.c: a tenant's hashes are a set; searches of one tenant share it, and one at a time brings it up to date. */
#include "multimodal/near.h"

#include <endian.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "multimodal/store_picture.h"
#include "picture/near.h"

enum {
	PIECE = 4096,         /* rows of a statement */
	KEEP_MS = 10 * 60000, /* how long what was deleted may lie in memory */
	TRIES = 8             /* most rounds in which what was found turns out to be deleted */
};

struct entry {
	uint64_t hashes[PICTURE_HASHES];
	struct bh_uuid id;
};

struct set {
	struct bh_uuid tenant;
	pthread_rwlock_t lock;
	/* by `lock`: */
	struct entry *entries; /* owned */
	size_t n, room;
	int64_t change;    /* all until here is in it */
	int64_t loaded_ms; /* when it was read from the beginning; steady clock */
	/* by the lock of all: */
	size_t held; /* its n, as it was counted */
	unsigned users;
	int64_t used_ms;
	struct set *next;
};

struct multimodal_near {
	pthread_mutex_t lock;
	struct set *sets;      /* owned */
	size_t held, pictures; /* of all sets; where others begin to give way */
};

/* ---- sets ---- */

static void
set_free(struct set *set)
{
	pthread_rwlock_destroy(&set->lock);
	free(set->entries);
	free(set);
}

struct multimodal_near *
multimodal_near_new(size_t pictures)
{
	struct multimodal_near *near = calloc(1, sizeof(*near));

	BH_ASSERT(near != NULL);
	near->pictures = pictures;
	pthread_mutex_init(&near->lock, NULL);
	return near;
}

void
multimodal_near_free(struct multimodal_near *near)
{
	if (near == NULL)
		return;
	while (near->sets != NULL) {
		struct set *set = near->sets;

		near->sets = set->next;
		set_free(set);
	}
	pthread_mutex_destroy(&near->lock);
	free(near);
}

/* Where the tenant's set hangs; what it points to is NULL without one. */
static struct set **
place_of(struct multimodal_near *near, const struct bh_uuid *tenant)
{
	struct set **at = &near->sets;

	while (*at != NULL && !bh_uuid_equal(&(*at)->tenant, tenant))
		at = &(*at)->next;
	return at;
}

static void
drop(struct multimodal_near *near, struct set **at)
{
	struct set *set = *at;

	*at = set->next;
	near->held -= set->held;
	set_free(set);
}

/* What each set may hold where all that hold something hold the same. */
static size_t
share_of(const struct multimodal_near *near)
{
	size_t n = 0;

	for (const struct set *set = near->sets; set != NULL; set = set->next)
		n += set->held > 0;
	return n == 0 ? near->pictures : near->pictures / n;
}

/* Of those that hold more than their share, the set that nobody uses and whose last search is longest ago. Where all hold too
 * much, one of them does; whoever keeps few pictures is not read anew because of others that keep many. */
static struct set **
oldest(struct multimodal_near *near)
{
	const size_t share = share_of(near);
	struct set **found = NULL;

	for (struct set **at = &near->sets; *at != NULL; at = &(*at)->next)
		if ((*at)->users == 0 && (*at)->held > share &&
			(found == NULL || (*at)->used_ms < (*found)->used_ms))
			found = at;
	return found;
}

static void
give_way(struct multimodal_near *near)
{
	struct set **at;

	while (near->held > near->pictures && (at = oldest(near)) != NULL)
		drop(near, at);
}

/* NULL: there is no memory for it. */
static struct set *
take(struct multimodal_near *near, const struct multimodal_near_ask *ask)
{
	struct set *set;

	pthread_mutex_lock(&near->lock);
	set = *place_of(near, ask->tenant);
	if (set == NULL && (set = calloc(1, sizeof(*set))) != NULL) {
		set->tenant = *ask->tenant;
		pthread_rwlock_init(&set->lock, NULL);
		set->next = near->sets;
		near->sets = set;
	}
	if (set != NULL) {
		set->users++;
		set->used_ms = ask->now_ms;
	}
	pthread_mutex_unlock(&near->lock);
	return set;
}

/* A set has grown or shrunk: others give way. */
static void
count(struct multimodal_near *near, struct set *set, size_t n)
{
	pthread_mutex_lock(&near->lock);
	near->held += n - set->held;
	set->held = n;
	give_way(near);
	pthread_mutex_unlock(&near->lock);
}

static void
leave(struct multimodal_near *near, struct set *set)
{
	pthread_mutex_lock(&near->lock);
	/* One of a tenant without pictures is not worth its place in the list; one that is too large goes first. */
	if (--set->users == 0 && set->held == 0)
		drop(near, place_of(near, &set->tenant));
	else
		give_way(near);
	pthread_mutex_unlock(&near->lock);
}

size_t
multimodal_near_drop(struct multimodal_near *near, const struct bh_uuid *tenant)
{
	struct set **at;
	size_t n = 0;

	pthread_mutex_lock(&near->lock);
	at = place_of(near, tenant);
	/* One that is being searched is asked for again, like all of a tenant that is being deleted. */
	if (*at != NULL) {
		n = (*at)->held;
		if ((*at)->users == 0)
			drop(near, at);
	}
	pthread_mutex_unlock(&near->lock);
	return n;
}

/* ---- what is in them ---- */

void
multimodal_near_pack(const uint64_t *hashes, unsigned char out[MULTIMODAL_HASH_BYTES])
{
	for (size_t i = 0; i < PICTURE_HASHES; i++) {
		uint64_t hash = htobe64(hashes[i]);

		memcpy(out + 8 * i, &hash, 8);
	}
}

void
multimodal_near_unpack(const unsigned char *bytes, uint64_t out[PICTURE_HASHES])
{
	for (size_t i = 0; i < PICTURE_HASHES; i++) {
		uint64_t hash;

		memcpy(&hash, bytes + 8 * i, 8);
		out[i] = be64toh(hash);
	}
}

static int
add(struct set *set, const struct multimodal_hashed *row)
{
	struct entry *entry;

	if (row->hashes.len != MULTIMODAL_HASH_BYTES)
		return bh_error(BH_E_DAMAGED, "a picture has hashes of %zu bytes", row->hashes.len);
	if (set->n == set->room) {
		size_t room = set->room == 0 ? 64 : set->room + set->room / 2;
		struct entry *entries = realloc(set->entries, room * sizeof(*entries));

		if (entries == NULL)
			return BH_E_MEMORY;
		set->entries = entries;
		set->room = room;
	}
	entry = &set->entries[set->n++];
	entry->id = row->id;
	multimodal_near_unpack(row->hashes.data, entry->hashes);
	return 0;
}

/* Reads what was written behind set->change, up to another. */
static int
read_on(struct set *set, struct bh_db *db, int64_t until)
{
	size_t n = PIECE;
	int rc = 0;

	while (rc == 0 && n == PIECE) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db own = *db;
		struct multimodal_hashed *rows = NULL;

		own.arena = &arena;
		rc = multimodal_store_picture_hashes(&own, &set->tenant, set->change, until, PIECE, &rows,
			&n);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			rc = add(set, &rows[i]);
			if (rc == 0)
				set->change = rows[i].change;
		}
	}
	if (rc == 0)
		set->change = until;
	return rc;
}

static bool
is_current(const struct set *set, int64_t changes, int64_t now_ms)
{
	return set->loaded_ms != 0 && set->change == changes && now_ms - set->loaded_ms < KEEP_MS;
}

/* All that was committed before this call is in the set after it. */
static int
catch_up(struct multimodal_near *near, struct set *set, struct bh_db *db, int64_t now_ms)
{
	int64_t changes = 0;
	size_t n;
	bool current;
	int rc = multimodal_store_picture_changes(db, &set->tenant, &changes);

	if (rc < 0)
		return rc;
	pthread_rwlock_rdlock(&set->lock);
	current = is_current(set, changes, now_ms);
	pthread_rwlock_unlock(&set->lock);
	if (current)
		return 0;
	pthread_rwlock_wrlock(&set->lock);
	/* Asked again: another search may have read on meanwhile. */
	rc = multimodal_store_picture_changes(db, &set->tenant, &changes);
	/* A number that went back is that of another life: the tenant was restored. */
	if (rc == 0 &&
		(set->loaded_ms == 0 || now_ms - set->loaded_ms >= KEEP_MS || set->change > changes)) {
		set->n = 0;
		set->change = 0;
		set->loaded_ms = now_ms;
	}
	if (rc == 0 && set->change < changes)
		rc = read_on(set, db, changes);
	n = set->n;
	pthread_rwlock_unlock(&set->lock);
	count(near, set, n);
	return rc;
}

/* ---- the search ---- */

struct hit {
	struct bh_uuid id;
	int distance;
};

struct hits {
	struct hit list[MULTIMODAL_NEAR_MOST]; /* in order */
	size_t n, most;
};

/* `by` comes before the last of the list. */
static void
put(struct hits *hits, const struct hit *by)
{
	size_t at = hits->n;

	if (at == hits->most)
		at--;
	else
		hits->n++;
	for (; at > 0 && hits->list[at - 1].distance > by->distance; at--)
		hits->list[at] = hits->list[at - 1];
	hits->list[at] = *by;
}

/* The newest come last in a set, and first among those that are as near. */
static inline __attribute__((always_inline)) void
compare_each(const struct set *set, const uint64_t *hashes, struct hits *hits)
{
	int most = PICTURE_NEAR_BITS;

	for (size_t i = set->n; i > 0; i--) {
		const struct entry *entry = &set->entries[i - 1];
		int distance = picture_near_distance(hashes, entry->hashes);

		if (distance > most)
			continue;
		put(hits, &(struct hit){entry->id, distance});
		if (hits->n == hits->most)
			most = hits->list[hits->n - 1].distance - 1;
	}
}

#ifdef __x86_64__
/* Thirteen counts of bits for each picture: where the processor has an instruction for that, it is most of the time. */
__attribute__((target("popcnt"))) static void
compare_fast(const struct set *set, const uint64_t *hashes, struct hits *hits)
{
	compare_each(set, hashes, hits);
}
#endif

static void
compare(struct set *set, const uint64_t *hashes, struct hits *hits)
{
	pthread_rwlock_rdlock(&set->lock);
#ifdef __x86_64__
	if (__builtin_cpu_supports("popcnt"))
		compare_fast(set, hashes, hits);
	else
#endif
		compare_each(set, hashes, hits);
	pthread_rwlock_unlock(&set->lock);
}

static const struct multimodal_picture *
row_of(const struct multimodal_picture *rows, size_t n, const struct bh_uuid *id)
{
	for (size_t i = 0; i < n; i++)
		if (bh_uuid_equal(&rows[i].id, id))
			return &rows[i];
	return NULL;
}

/* What a statement did not find is not there any more. */
static void
forget(struct set *set, const struct hits *hits, const struct multimodal_picture *rows, size_t n)
{
	size_t left = 0;

	pthread_rwlock_wrlock(&set->lock);
	for (size_t i = 0; i < set->n; i++) {
		bool gone = false;

		for (size_t j = 0; !gone && j < hits->n; j++)
			gone = bh_uuid_equal(&hits->list[j].id, &set->entries[i].id) &&
				row_of(rows, n, &hits->list[j].id) == NULL;
		if (!gone)
			set->entries[left++] = set->entries[i];
	}
	set->n = left;
	pthread_rwlock_unlock(&set->lock);
}

/* The rows of what was found, in its order. */
static int
fetch(struct bh_db *db, const struct bh_uuid *tenant, const struct hits *hits,
	struct multimodal_picture **out, size_t *out_n, bool *out_all)
{
	struct multimodal_picture *rows = NULL, *found;
	struct bh_uuid ids[MULTIMODAL_NEAR_MOST];
	size_t n = 0, n_found = 0;
	int rc;

	for (size_t i = 0; i < hits->n; i++)
		ids[i] = hits->list[i].id;
	rc = multimodal_store_picture_some(db, tenant, ids, hits->n, &rows, &n);
	if (rc < 0)
		return rc;
	found = bh_arena_array(db->arena, hits->n + 1, sizeof(*found));
	*out_all = true;
	for (size_t i = 0; i < hits->n; i++) {
		const struct multimodal_picture *row = row_of(rows, n, &ids[i]);

		*out_all = *out_all && row != NULL;
		if (row == NULL)
			continue;
		found[n_found] = *row;
		found[n_found].has_distance = true;
		found[n_found++].distance = hits->list[i].distance;
	}
	*out = found;
	*out_n = n_found;
	return 0;
}

static int
search(struct set *set, struct bh_db *db, const struct multimodal_near_ask *ask,
	struct multimodal_picture **out, size_t *out_n)
{
	bool all = false;
	int rc = 0;

	for (int i = 0; rc == 0 && !all && i < TRIES; i++) {
		struct hits hits = {.most = ask->most};

		compare(set, ask->hashes, &hits);
		*out_n = 0;
		if (hits.n == 0)
			break;
		rc = fetch(db, ask->tenant, &hits, out, out_n, &all);
		if (rc == 0 && !all)
			forget(set, &hits, *out, *out_n);
	}
	return rc;
}

int
multimodal_near_find(struct multimodal_near *near, struct bh_db *db,
	const struct multimodal_near_ask *ask, struct multimodal_picture **out, size_t *out_n)
{
	struct set *set = take(near, ask);
	int rc;

	BH_ASSERT(ask->most > 0 && ask->most <= MULTIMODAL_NEAR_MOST);
	if (set == NULL)
		return BH_E_MEMORY;
	*out_n = 0;
	rc = catch_up(near, set, db, ask->now_ms);
	if (rc == 0)
		rc = search(set, db, ask, out, out_n);
	leave(near, set);
	return rc;
}
