/* key.h: the life of API keys: made, changed, revoked, expired, each with all that follows from it. */
#ifndef BH_AUTH_KEY_H
#define BH_AUTH_KEY_H

#include "auth/auth.h"
#include "auth/store_key.h"
#include "base/uuid.h"

/* So many keys may stand above a key, itself included. */
enum { AUTH_KEY_CHAIN_MOST = 8 };

struct auth_key_new {
	const struct auth_key *key; /* borrowed */
	const struct bh_digest *hash;
	int64_t keys_max; /* of the tenant, at work; 0: as many as wanted */
	int64_t now_ms;
};

/* Adds a key. BH_E_TOO_MANY when the tenant has all it may, or the chain of keys is too long;
 * BH_E_UNAUTHENTICATED when the key that makes it has ended meanwhile. As many ended keys as may be at
 * work are kept, the oldest go. */
BH_MUST_CHECK int auth_key_add(const struct auth_place *place, const struct auth_key_new *wanted,
	struct auth_key *out);

/* Changes a key; those below it end no later than it. BH_E_NOT_FOUND (`owner` as in store_key.h),
 * BH_E_TOO_MANY when an ended one would work again beside all that may. */
BH_MUST_CHECK int auth_key_change(const struct auth_place *place, const struct bh_uuid *id,
	const struct bh_uuid *owner, const struct auth_key_change *change, int64_t keys_max,
	struct auth_key *out);

/* Revokes a key and every key below it. BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_key_revoke(const struct auth_place *place, const struct bh_uuid *id,
	const struct bh_uuid *owner);

/* Ends the keys that have expired by then, of all tenants, so that what they began ends as if they had
 * been revoked. *out: how many, also when one could not be, which holds up no other. */
BH_MUST_CHECK int auth_key_expire(struct bh_db *db, int64_t now_ms, size_t *out);

/* Whether `id` is `above`, or was made by it or by a key below it. */
BH_MUST_CHECK int auth_key_is_below(const struct auth_place *place, const struct bh_uuid *id,
	const struct bh_uuid *above, bool *out);

/* What binds a key: the least limits and the first end of it and all above it, 0 for none, and whose the
 * limits are: the highest one that has any, in whose bucket all below it are counted. */
struct auth_key_bounds {
	struct bh_uuid owner;
	int64_t requests_per_minute, concurrency;
	int64_t expires_ms;
};

static inline bool
auth_key_is_bound(const struct auth_key_bounds *bounds)
{
	return bounds->requests_per_minute != 0 || bounds->concurrency != 0 || bounds->expires_ms != 0;
}

/* BH_E_NOT_FOUND when there is no such key. */
BH_MUST_CHECK int auth_key_bounds(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_key_bounds *out);

#endif
