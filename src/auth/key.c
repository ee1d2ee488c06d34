/* SPDX-License-Identifier: Apache-2.0 */
/* key.c: the rules for API keys and those that they made. */
#include "auth/key.h"

#include "auth/store_expiry.h"
#include "auth/store_revocation.h"
#include "auth/store_tenant.h"
#include "base/error.h"

static int
too_many(int64_t keys_max)
{
	return bh_error(BH_E_TOO_MANY,
		"The tenant has %lld active API keys, the maximum. Revoke one that is not needed.",
		(long long)keys_max);
}

/* Under the tenant's lock: whether one more key may work. */
BH_MUST_CHECK static int
room_check(struct bh_db *tx, const struct bh_uuid *tenant, int64_t keys_max)
{
	int64_t n = 0;
	int rc;

	if (keys_max == 0)
		return 0;
	rc = auth_store_key_count(tx, tenant, keys_max, &n);
	return rc == 0 && n >= keys_max ? too_many(keys_max) : rc;
}

/* ---- add ---- */

struct add {
	const struct auth_place *place;
	const struct auth_key_new *wanted;
	struct auth_key *out;
};

/* Nothing made with a key outlives it. */
BH_MUST_CHECK static int
end_check(const struct auth_key_link *parent, int64_t expires_ms)
{
	if (parent->expires_ms != 0 && (expires_ms == 0 || expires_ms > parent->expires_ms))
		return bh_error_param(BH_E_RANGE, "expires_at",
			"'expires_at' must not be later than that of the API key that creates this one.");
	return 0;
}

/* Under the lock that a revocation takes too: no key is made by one that is gone. */
BH_MUST_CHECK static int
parent_check(struct bh_db *tx, const struct add *add)
{
	const struct bh_uuid *tenant = &add->place->tenant, *parent = &add->wanted->key->parent;
	struct auth_key_link *chain = NULL;
	bool works = false;
	size_t n = 0;
	int rc;

	if (bh_uuid_is_zero(parent))
		return 0;
	rc = auth_store_key_works(tx, tenant, parent, add->wanted->now_ms, &works);
	if (rc == 0 && !works)
		rc = bh_error(BH_E_UNAUTHENTICATED, "The API key was revoked.");
	if (rc == 0)
		rc = auth_store_key_chain(tx, tenant, parent, &chain, &n);
	if (rc == 0 && n >= AUTH_KEY_CHAIN_MOST)
		rc = bh_error(BH_E_TOO_MANY, "API keys can be nested at most %d deep.",
			AUTH_KEY_CHAIN_MOST);
	return rc == 0 ? end_check(&chain[0], add->wanted->key->expires_ms) : rc;
}

BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	const struct add *add = ctx;
	const struct bh_uuid *tenant = &add->place->tenant;
	const struct auth_key *key = add->wanted->key;
	int rc = auth_store_tenant_lock(tx, tenant);

	if (rc == 0)
		rc = room_check(tx, tenant, add->wanted->keys_max);
	if (rc == 0)
		rc = parent_check(tx, add);
	if (rc == 0 && add->wanted->keys_max > 0)
		rc = auth_store_key_prune(tx, tenant, add->wanted->keys_max);
	if (rc == 0)
		rc = auth_store_key_add(tx, tenant, key, add->wanted->hash, add->out);
	if (rc == 0 && key->expires_ms != 0)
		rc = auth_store_expiry_set(tx, tenant, &key->id, 1, key->expires_ms);
	return rc;
}

int
auth_key_add(const struct auth_place *place, const struct auth_key_new *wanted,
	struct auth_key *out)
{
	struct auth_key key = {0};
	struct add add = {.place = place, .wanted = wanted, .out = &key};
	int rc = bh_tx_run(AUTH_DB(place->db), add_work, &add);

	if (rc == 0)
		*out = key;
	return rc;
}

/* ---- change ---- */

struct change {
	const struct auth_place *place;
	const struct bh_uuid *id, *owner;
	const struct auth_key_change *change;
	int64_t keys_max;
	struct auth_key out;
};

/* Its new end is no later than those above it have, and those below get it where theirs is later. */
BH_MUST_CHECK static int
end_move(struct bh_db *tx, const struct change *change)
{
	const struct bh_uuid *tenant = &change->place->tenant;
	int64_t expires_ms = change->change->expires_ms;
	struct auth_key_link *chain = NULL;
	struct bh_uuid *below = NULL;
	size_t n = 0;
	int rc = auth_store_key_chain(tx, tenant, change->id, &chain, &n);

	if (rc == 0 && n > 1)
		rc = end_check(&chain[1], expires_ms);
	if (rc < 0)
		return rc;
	if (expires_ms == 0)
		return auth_store_expiry_clear(tx, tenant, change->id, 1);
	rc = auth_store_expiry_set(tx, tenant, change->id, 1, expires_ms);
	if (rc == 0)
		rc = auth_store_key_clamp(tx, tenant, change->id, expires_ms, &below, &n);
	return rc < 0 ? rc : auth_store_expiry_set(tx, tenant, below, n, expires_ms);
}

BH_MUST_CHECK static int
change_work(struct bh_db *tx, void *ctx)
{
	struct change *change = ctx;
	const struct bh_uuid *tenant = &change->place->tenant;
	int64_t most = change->keys_max + 1, before = 0, after = 0;
	int rc = auth_store_tenant_lock(tx, tenant);

	if (rc == 0)
		rc = auth_store_key_count(tx, tenant, most, &before);
	if (rc == 0)
		rc = auth_store_key_change(tx, tenant, change->id, change->owner, change->change,
			&change->out);
	if (rc < 0 || !change->change->has_expires)
		return rc;
	/* One that had expired may work again. */
	rc = auth_store_key_count(tx, tenant, most, &after);
	if (rc == 0 && change->keys_max > 0 && after > before && after > change->keys_max)
		rc = too_many(change->keys_max);
	return rc < 0 ? rc : end_move(tx, change);
}

int
auth_key_change(const struct auth_place *place, const struct bh_uuid *id,
	const struct bh_uuid *owner, const struct auth_key_change *change, int64_t keys_max,
	struct auth_key *out)
{
	struct change work = {
		.place = place,
		.id = id,
		.owner = owner,
		.change = change,
		.keys_max = keys_max,
	};
	int rc = bh_tx_run(AUTH_DB(place->db), change_work, &work);

	if (rc == 0)
		*out = work.out;
	return rc;
}

/* ---- ends ---- */

struct revoke {
	const struct auth_place *place;
	const struct bh_uuid *id, *owner;
};

BH_MUST_CHECK static int
revoke_work(struct bh_db *tx, void *ctx)
{
	const struct revoke *revoke = ctx;
	const struct bh_uuid *tenant = &revoke->place->tenant;
	struct bh_uuid *ids = NULL;
	size_t n = 0;
	int rc = auth_store_tenant_lock(tx, tenant);

	if (rc == 0)
		rc = auth_store_key_revoke(tx, tenant, revoke->id, revoke->owner, &ids, &n);
	if (rc == 0)
		rc = auth_store_expiry_clear(tx, tenant, ids, n);
	return rc < 0 ? rc : auth_store_revocation_credentials(tx, tenant, ids, n);
}

int
auth_key_revoke(const struct auth_place *place, const struct bh_uuid *id,
	const struct bh_uuid *owner)
{
	struct revoke revoke = {.place = place, .id = id, .owner = owner};

	return bh_tx_run(AUTH_DB(place->db), revoke_work, &revoke);
}

struct expire {
	const struct auth_expiry *expiry;
	int64_t now_ms;
};

BH_MUST_CHECK static int
expire_work(struct bh_db *tx, void *ctx)
{
	const struct expire *expire = ctx;
	const struct auth_expiry *expiry = expire->expiry;
	bool taken = false, ended = false;
	int rc = auth_store_expiry_take(tx, expiry, expire->now_ms, &taken);

	if (rc == 0 && taken)
		rc = auth_store_key_expire(tx, &expiry->tenant, &expiry->key, expire->now_ms, &ended);
	if (rc == 0 && ended)
		rc = auth_store_revocation_credential(tx, &expiry->tenant, &expiry->key);
	return rc;
}

int
auth_key_expire(struct bh_db *db, int64_t now_ms, size_t *out)
{
	struct auth_expiry *due = NULL;
	size_t n = 0, ended = 0;
	int first;

	first = auth_store_expiry_due(db, now_ms, &due, &n);
	for (size_t i = 0; i < n && first != BH_E_DB_DOWN; i++) {
		struct bh_db own = auth_in_tenant(db, &due[i].tenant);
		struct expire expire = {.expiry = &due[i], .now_ms = now_ms};
		int rc = bh_tx_run(&own, expire_work, &expire);

		ended += rc == 0;
		first = first < 0 ? first : rc;
	}
	*out = ended;
	return first;
}

/* ---- above and below ---- */

int
auth_key_is_below(const struct auth_place *place, const struct bh_uuid *id,
	const struct bh_uuid *above, bool *out)
{
	struct auth_key_link *chain = NULL;
	struct bh_db db = place->db;
	bool found = false;
	size_t n = 0;
	int rc = auth_store_key_chain(&db, &place->tenant, id, &chain, &n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		found = found || bh_uuid_equal(&chain[i].id, above);
	*out = found;
	return 0;
}

/* The smaller of two limits, where 0 is none. */
static int64_t
lesser(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

int
auth_key_bounds(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct auth_key_bounds *out)
{
	struct auth_key_bounds bounds = {.owner = *id};
	struct auth_key_link *chain = NULL;
	size_t n = 0;
	int rc = auth_store_key_chain(db, tenant, id, &chain, &n);

	if (rc < 0)
		return rc;
	if (n == 0)
		return BH_E_NOT_FOUND;
	for (size_t i = 0; i < n; i++) {
		bounds.expires_ms = lesser(bounds.expires_ms, chain[i].expires_ms);
		if (chain[i].requests_per_minute == 0 && chain[i].concurrency == 0)
			continue;
		bounds.owner = chain[i].id;
		bounds.requests_per_minute = lesser(bounds.requests_per_minute,
			chain[i].requests_per_minute);
		bounds.concurrency = lesser(bounds.concurrency, chain[i].concurrency);
	}
	*out = bounds;
	return 0;
}
