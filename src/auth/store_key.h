/* SPDX-License-Identifier: Apache-2.0 */
/* store_key.h: API keys. */
#ifndef BH_AUTH_STORE_KEY_H
#define BH_AUTH_STORE_KEY_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_key {
	struct bh_uuid id;
	const char *name;
	const char *prefix;
	const char *scopes;
	struct bh_uuid owner;  /* zero: the tenant's own */
	struct bh_uuid parent; /* the key that made it; zero: none */
	struct bh_uuid team;   /* for which its acts are counted; zero: none */
	int64_t requests_per_minute, concurrency;
	const char *created_by;
	int64_t created_ms;
	int64_t expires_ms;   /* 0: never */
	int64_t revoked_ms;   /* 0: works */
	int64_t last_used_ms; /* 0: never */
};

/* BH_E_REFERENCE when there is no such parent. */
BH_MUST_CHECK int auth_store_key_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_key *key, const struct bh_digest *hash, struct auth_key *out);
/* A page in the order of ids; `owner` NULL: everybody's. */
BH_MUST_CHECK int auth_store_key_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *owner, const struct bh_uuid *after, int64_t limit, struct auth_key **out,
	size_t *out_count);
/* What of a key may change; NULL and a `has_` that is false stay. */
struct auth_key_change {
	const char *name;
	int64_t requests_per_minute, concurrency;
	int64_t expires_ms; /* 0: never */
	bool has_requests, has_concurrency, has_expires;
};
/* BH_E_NOT_FOUND as with auth_store_key_revoke. */
BH_MUST_CHECK int auth_store_key_change(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *owner, const struct auth_key_change *change,
	struct auth_key *out);
/* Gives all keys below one the end that they would outlive. *out: whose end that changed. */
BH_MUST_CHECK int auth_store_key_clamp(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t expires_ms, struct bh_uuid **out, size_t *out_count);
/* Revokes a key and all below it; *out names them. BH_E_NOT_FOUND also when `owner` (not NULL) is
 * another's, or it was revoked before. */
BH_MUST_CHECK int auth_store_key_revoke(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *owner, struct bh_uuid **out, size_t *out_count);
/* Marks a key that has expired by then as ended; *out_ended is false when it was, or has not. */
BH_MUST_CHECK int auth_store_key_expire(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms, bool *out_ended);

/* Whether a key can be made for a team: it is the tenant's and in use. */
BH_MUST_CHECK int auth_store_key_team_open(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *team, bool *out);
/* The team of a key; zero for none, and for what is no key. */
BH_MUST_CHECK int auth_store_key_team(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_uuid *out);

/* How many keys work, counted up to `most`. */
BH_MUST_CHECK int auth_store_key_count(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out);
/* Removes ended keys but the newest `keep`. */
BH_MUST_CHECK int auth_store_key_prune(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t keep);

/* A key above another, or the key itself. */
struct auth_key_link {
	struct bh_uuid id;
	int64_t requests_per_minute, concurrency;
	int64_t expires_ms; /* 0: never */
};
/* The key and those above it, from the bottom up. */
BH_MUST_CHECK int auth_store_key_chain(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_key_link **out, size_t *out_count);

/* Everything an exchange decides on, in one read. */
struct auth_key_standing {
	struct bh_bytes hash;
	const char *scopes;
	int64_t expires_ms, revoked_ms, last_used_ms;
	struct bh_uuid owner, parent, team;
	const char *owner_role; /* NULL without an owner */
	const char *owner_state;
	const char *tenant_state;
	const char *origins; /* "" without any */
	int64_t key_rpm, key_concurrency, tenant_rpm, tenant_concurrency;
};
BH_MUST_CHECK int auth_store_key_standing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_key_standing *out, bool *out_found);
/* Whether there is such a key and it works at that time. */
BH_MUST_CHECK int auth_store_key_works(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms, bool *out_works);
BH_MUST_CHECK int auth_store_key_used(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms);

#endif
