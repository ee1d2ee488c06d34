/* SPDX-License-Identifier: Apache-2.0 */
/* revoked.c: a hash set of what was revoked lately, with a floor for each tenant that revoked too much. */
#include "sec/revoked.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 64 };

static const struct bh_uuid nobody;

static uint64_t
hash_uuid(uint64_t value, const struct bh_uuid *id)
{
	for (size_t i = 0; i < sizeof(id->bytes); i++)
		value = (value ^ id->bytes[i]) * 0x100000001b3u;
	return value;
}

/* FNV-1a; the ids are made by us, so nobody chooses collisions. */
static size_t
hash(uint64_t salt, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	uint64_t value = hash_uuid(hash_uuid(0xcbf29ce484222325u ^ salt, id), tenant);

	return (size_t)(value ^ (value >> 32));
}

static void *
allocate(size_t n, size_t size)
{
	void *out = calloc(n, size);

	if (out == NULL)
		abort(); /* as the arena: the machine's end, not a request's */
	return out;
}

/* ---- tenants ---- */

/* The tenant's place: where it is, or the free slot where it would go. */
static struct bh_revoked_tenant *
tenant_slot(const struct bh_revoked_set *set, const struct bh_uuid *id)
{
	size_t at = hash(0, &nobody, id) & (set->n_tenants_size - 1);

	for (;; at = (at + 1) & (set->n_tenants_size - 1)) {
		struct bh_revoked_tenant *tenant = &set->tenants[at];

		if (tenant->newest == 0 || bh_uuid_equal(&tenant->id, id))
			return tenant;
	}
}

static const struct bh_revoked_tenant *
tenant_find(const struct bh_revoked_set *set, const struct bh_uuid *id)
{
	static const struct bh_revoked_tenant none;

	return set->n_tenants_size == 0 ? &none : tenant_slot(set, id);
}

/* Forgets the tenants of whom no token can be dead any more, and has room for one more. */
static void
tenants_make_room(struct bh_revoked_set *set, int64_t now_ms)
{
	struct bh_revoked_set next = {.n_tenants_size = set->n_tenants_size};
	size_t live = 0;

	for (size_t i = 0; i < set->n_tenants_size; i++)
		live += set->tenants[i].newest != 0 &&
			now_ms - set->tenants[i].noted_ms < BH_REVOKED_KEEP_MS;
	if (next.n_tenants_size == 0)
		next.n_tenants_size = SIZE_FIRST;
	while (live >= next.n_tenants_size / 2)
		next.n_tenants_size *= 2;
	next.tenants = allocate(next.n_tenants_size, sizeof(next.tenants[0]));
	for (size_t i = 0; i < set->n_tenants_size; i++) {
		const struct bh_revoked_tenant *tenant = &set->tenants[i];

		if (tenant->newest != 0 && now_ms - tenant->noted_ms < BH_REVOKED_KEEP_MS)
			*tenant_slot(&next, &tenant->id) = *tenant;
	}
	free(set->tenants);
	set->tenants = next.tenants;
	set->n_tenants_size = next.n_tenants_size;
	set->n_tenants = live;
}

/* The tenant's record, with the newest row of it noted. */
static struct bh_revoked_tenant *
tenant_note(struct bh_revoked_set *set, const struct bh_uuid *id, int64_t seq, int64_t now_ms)
{
	struct bh_revoked_tenant *tenant;

	if (set->n_tenants >= set->n_tenants_size / 4 * 3)
		tenants_make_room(set, now_ms);
	tenant = tenant_slot(set, id);
	if (tenant->newest == 0) {
		*tenant = (struct bh_revoked_tenant){.id = *id};
		set->n_tenants++;
	}
	if (tenant->newest < seq)
		tenant->newest = seq;
	tenant->noted_ms = now_ms;
	return tenant;
}

/* ---- entries ---- */

/* The entry's place: where it is, or the free slot where it would go. */
static struct bh_revoked_entry *
slot(const struct bh_revoked_set *set, enum bh_revoked_kind kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	size_t at = hash((uint64_t)kind, tenant, id) & (set->size - 1);

	for (;; at = (at + 1) & (set->size - 1)) {
		struct bh_revoked_entry *entry = &set->entries[at];

		if (entry->seq == 0 ||
			(entry->kind == kind && bh_uuid_equal(&entry->id, id) &&
				bh_uuid_equal(&entry->tenant, tenant)))
			return entry;
	}
}

static bool
is_needed(const struct bh_revoked_set *set, const struct bh_revoked_entry *entry, int64_t now_ms)
{
	return entry->seq != 0 && now_ms - entry->noted_ms < BH_REVOKED_KEEP_MS &&
		entry->seq > tenant_find(set, &entry->tenant)->floor;
}

/* Counts the entries that are needed, of each tenant and (the answer) of all. */
static size_t
count(struct bh_revoked_set *set, int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_tenants_size; i++)
		set->tenants[i].entries = 0;
	for (size_t i = 0; i < set->size; i++) {
		if (!is_needed(set, &set->entries[i], now_ms))
			continue;
		/* Its record is as young as its newest entry, and so is there. */
		tenant_slot(set, &set->entries[i].tenant)->entries++;
		n++;
	}
	return n;
}

/* Instead of each of its entries the tenant gets a floor. */
static void
collapse(struct bh_revoked_tenant *tenant)
{
	tenant->floor = tenant->newest;
	tenant->entries = 0;
}

static struct bh_revoked_tenant *
largest(struct bh_revoked_set *set)
{
	struct bh_revoked_tenant *found = &set->tenants[0];

	for (size_t i = 1; i < set->n_tenants_size; i++)
		if (set->tenants[i].entries > found->entries)
			found = &set->tenants[i];
	return found;
}

/* Makes room: forgets what is not needed, then grows, and at full size lets the tenants with the most
 * entries have a floor instead. */
static void
make_room(struct bh_revoked_set *set, int64_t now_ms)
{
	struct bh_revoked_set next = {.size = set->size == 0 ? SIZE_FIRST : set->size};
	size_t n = count(set, now_ms);

	while (n >= BH_REVOKED_MOST / 2) {
		struct bh_revoked_tenant *tenant = largest(set);

		if (tenant->entries <= BH_REVOKED_LEAST)
			break;
		n -= tenant->entries;
		collapse(tenant);
	}
	while (n >= next.size / 2)
		next.size *= 2;
	next.entries = allocate(next.size, sizeof(next.entries[0]));
	for (size_t i = 0; i < set->size; i++) {
		const struct bh_revoked_entry *entry = &set->entries[i];

		if (is_needed(set, entry, now_ms))
			*slot(&next, entry->kind, &entry->tenant, &entry->id) = *entry;
	}
	free(set->entries);
	set->entries = next.entries;
	set->size = next.size;
	set->used = n;
}

static void
renew(struct bh_revoked_tenant *whose, int64_t seq, int64_t now_ms)
{
	if (seq <= whose->renewing)
		return;
	if (now_ms - whose->renewing_ms >= BH_REVOKED_RENEW_MS)
		whose->renewed = whose->renewing;
	whose->renewing = seq;
	whose->renewing_ms = now_ms;
}

void
bh_revoked_add(struct bh_revoked_set *set, enum bh_revoked_kind kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t seq, int64_t now_ms)
{
	struct bh_revoked_tenant *whose = tenant_note(set, tenant, seq, now_ms);
	struct bh_revoked_entry *entry;

	if (set->seq < seq)
		set->seq = seq;
	if (kind == BH_REVOKED_TENANT) {
		if (whose->floor < seq)
			whose->floor = seq;
		return;
	}
	if (kind == BH_REVOKED_PLAN) {
		renew(whose, seq, now_ms);
		return;
	}
	if (set->used >= set->size / 4 * 3)
		make_room(set, now_ms);
	entry = slot(set, kind, tenant, id);
	if (entry->seq >= seq)
		return;
	if (entry->seq == 0) {
		set->used++;
		whose->entries++;
	}
	*entry = (struct bh_revoked_entry){*tenant, *id, seq, now_ms, kind};
	if (whose->entries > BH_REVOKED_SHARE) {
		(void)count(set, now_ms);
		if (whose->entries > BH_REVOKED_SHARE)
			collapse(whose);
	}
}

int64_t
bh_revoked_find(const struct bh_revoked_set *set, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	return set->size == 0 ? 0 : slot(set, kind, tenant, id)->seq;
}

int64_t
bh_revoked_floor(const struct bh_revoked_set *set, const struct bh_uuid *tenant)
{
	return tenant_find(set, tenant)->floor;
}

bool
bh_revoked_crowded(struct bh_revoked_set *set, int64_t now_ms, struct bh_uuid *out)
{
	struct bh_revoked_tenant *most;

	if (set->n_tenants_size == 0)
		return false;
	most = largest(set);
	if (most->entries < BH_REVOKED_SHARE / 2)
		return false;
	(void)count(set, now_ms);
	most = largest(set);
	if (most->entries < BH_REVOKED_SHARE / 2)
		return false;
	*out = most->id;
	return true;
}

/* Whoever acts as somebody else belongs to the platform, and loses this with what they have there. */
static bool
impersonator_hit(const struct bh_revoked_set *set, const struct bh_claims *claims)
{
	const struct bh_uuid *staff = &claims->impersonator;

	return !bh_uuid_is_zero(staff) &&
		(bh_revoked_find(set, BH_REVOKED_SUBJECT, &nobody, staff) > claims->version ||
			bh_revoked_find(set, BH_REVOKED_SUBJECT, &bh_platform_tenant, staff) > claims->version);
}

bool
bh_revoked_hits(const struct bh_revoked_set *set, const struct bh_claims *claims)
{
	int64_t version = claims->version;

	/* Nothing happened since this token was made: by far the most common case. */
	if (version >= set->seq)
		return false;
	return bh_revoked_floor(set, &claims->tenant) > version ||
		bh_revoked_floor(set, &nobody) > version ||
		bh_revoked_find(set, BH_REVOKED_CREDENTIAL, &claims->tenant, &claims->session) > version ||
		bh_revoked_find(set, BH_REVOKED_SUBJECT, &nobody, &claims->subject) > version ||
		bh_revoked_find(set, BH_REVOKED_SUBJECT, &claims->tenant, &claims->subject) > version ||
		impersonator_hit(set, claims);
}

bool
bh_revoked_stale(const struct bh_revoked_set *set, const struct bh_claims *claims, int64_t now_ms)
{
	const struct bh_revoked_tenant *whose;

	if (claims->version >= set->seq)
		return false;
	whose = tenant_find(set, &claims->tenant);
	return whose->renewed > claims->version ||
		(whose->renewing > claims->version && now_ms - whose->renewing_ms >= BH_REVOKED_RENEW_MS);
}

void
bh_revoked_close(struct bh_revoked_set *set)
{
	free(set->entries);
	free(set->tenants);
	*set = (struct bh_revoked_set){0};
}
