/* revoked.c: a hash set of what was revoked lately, with a floor for what it had to forget. */
#include "sec/revoked.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 64 };

static const struct bh_uuid nobody;

/* FNV-1a; the ids are made by us, so nobody chooses collisions. */
static size_t
hash(enum bh_revoked_kind kind, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	uint64_t value = 0xcbf29ce484222325u ^ (uint64_t)kind;

	for (size_t i = 0; i < sizeof(id->bytes); i++)
		value = (value ^ id->bytes[i]) * 0x100000001b3u;
	for (size_t i = 0; i < sizeof(tenant->bytes); i++)
		value = (value ^ tenant->bytes[i]) * 0x100000001b3u;
	return (size_t)(value ^ (value >> 32));
}

/* The entry's place: where it is, or the free slot where it would go. */
static struct bh_revoked_entry *
slot(const struct bh_revoked_set *set, enum bh_revoked_kind kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	size_t at = hash(kind, tenant, id) & (set->size - 1);

	for (;; at = (at + 1) & (set->size - 1)) {
		struct bh_revoked_entry *entry = &set->entries[at];

		if (entry->seq == 0 ||
			(entry->kind == kind && bh_uuid_equal(&entry->id, id) &&
				bh_uuid_equal(&entry->tenant, tenant)))
			return entry;
	}
}

/* Newest first. */
static int
by_seq(const void *a, const void *b)
{
	const struct bh_revoked_entry *left = a, *right = b;

	return (left->seq < right->seq) - (left->seq > right->seq);
}

/* Moves the entries still needed to the front, newest first; returns how many there are. */
static size_t
live_entries(struct bh_revoked_set *set, int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < set->size; i++) {
		const struct bh_revoked_entry *entry = &set->entries[i];

		if (entry->seq != 0 && now_ms - entry->noted_ms < BH_REVOKED_KEEP_MS)
			set->entries[n++] = *entry;
	}
	qsort(set->entries, n, sizeof(set->entries[0]), by_seq);
	return n;
}

/* Makes room: forgets what expired, then grows, and at full size forgets the older half. */
static void
make_room(struct bh_revoked_set *set, int64_t now_ms)
{
	struct bh_revoked_set next = {.seq = set->seq, .floor = set->floor};
	size_t n = set->size == 0 ? 0 : live_entries(set, now_ms);

	next.size = set->size == 0 ? SIZE_FIRST : set->size;
	if (n >= next.size / 2 && next.size < BH_REVOKED_MOST)
		next.size *= 2;
	next.entries = calloc(next.size, sizeof(next.entries[0]));
	if (next.entries == NULL)
		abort(); /* as the arena: the machine's end, not a request's */
	if (n > next.size / 2) {
		n = next.size / 2;
		if (next.floor < set->entries[n].seq)
			next.floor = set->entries[n].seq;
	}
	for (size_t i = 0; i < n; i++) {
		const struct bh_revoked_entry *entry = &set->entries[i];

		*slot(&next, entry->kind, &entry->tenant, &entry->id) = *entry;
	}
	next.used = n;
	free(set->entries);
	*set = next;
}

void
bh_revoked_add(struct bh_revoked_set *set, enum bh_revoked_kind kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t seq, int64_t now_ms)
{
	struct bh_revoked_entry *entry;

	if (set->seq < seq)
		set->seq = seq;
	if (set->used >= set->size / 4 * 3)
		make_room(set, now_ms);
	entry = slot(set, kind, tenant, id);
	if (entry->seq >= seq)
		return;
	if (entry->seq == 0)
		set->used++;
	*entry = (struct bh_revoked_entry){*tenant, *id, seq, now_ms, kind};
}

int64_t
bh_revoked_find(const struct bh_revoked_set *set, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	return set->size == 0 ? 0 : slot(set, kind, tenant, id)->seq;
}

bool
bh_revoked_hits(const struct bh_revoked_set *set, const struct bh_claims *claims)
{
	int64_t version = claims->version;

	if (version < set->floor)
		return true;
	/* Nothing happened since this token was made: by far the most common case. */
	if (version >= set->seq)
		return false;
	return bh_revoked_find(set, BH_REVOKED_TENANT, &nobody, &claims->tenant) > version ||
		bh_revoked_find(set, BH_REVOKED_CREDENTIAL, &nobody, &claims->session) > version ||
		bh_revoked_find(set, BH_REVOKED_SUBJECT, &nobody, &claims->subject) > version ||
		bh_revoked_find(set, BH_REVOKED_SUBJECT, &claims->tenant, &claims->subject) > version;
}

void
bh_revoked_close(struct bh_revoked_set *set)
{
	free(set->entries);
	*set = (struct bh_revoked_set){0};
}
