/* SPDX-License-Identifier: Apache-2.0 */
/* key.h: the life cycle of API keys: creation, change, revocation and expiry, each with its
 * consequences. */
#ifndef BH_AUTH_KEY_H
#define BH_AUTH_KEY_H

#include "auth/auth.h"
#include "auth/store_key.h"
#include "base/uuid.h"

/* Maximum nesting depth of keys, including the key itself. */
enum { AUTH_KEY_CHAIN_MOST = 8 };

struct auth_key_new {
	const struct auth_key *key; /* borrowed */
	const struct bh_digest *hash;
	int64_t keys_max; /* active keys of the tenant; 0: no limit */
	int64_t now_ms;
};

/* Adds a key. BH_E_TOO_MANY if the tenant has its maximum of keys, or the chain of keys is too long;
 * BH_E_UNAUTHENTICATED if the creating key has ended in the meantime. As many ended keys are kept as may
 * be active; the oldest are removed. */
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

/* The effective restrictions of a key: the lowest limits and the earliest expiry of it and all keys
 * above it (0 for none), and the owner of the limits: the highest key that has any, in whose bucket all
 * keys below it are counted. */
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
