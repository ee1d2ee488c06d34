/* SPDX-License-Identifier: Apache-2.0 */
/* store_expiry.h: which keys will expire, of all tenants: the platform's. */
#ifndef BH_AUTH_STORE_EXPIRY_H
#define BH_AUTH_STORE_EXPIRY_H

#include "auth/auth.h"
#include "base/uuid.h"

/* Notes when keys expire, or that they do not. Inside the transaction that changes the keys. */
BH_MUST_CHECK int auth_store_expiry_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *keys, size_t n_keys, int64_t expires_ms);
BH_MUST_CHECK int auth_store_expiry_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *keys, size_t n_keys);

struct auth_expiry {
	struct bh_uuid tenant, key;
};
/* A bounded number of keys whose time has come, the longest ago first. */
BH_MUST_CHECK int auth_store_expiry_due(struct bh_db *db, int64_t now_ms, struct auth_expiry **out,
	size_t *out_count);
/* Takes the note away, if it is still due: its row is then this transaction's alone. */
BH_MUST_CHECK int auth_store_expiry_take(struct bh_db *tx, const struct auth_expiry *expiry,
	int64_t now_ms, bool *out_taken);

#endif
