/* SPDX-License-Identifier: Apache-2.0 */
/* store_signing.h: signing keys in their four states: the platform's. */
#ifndef BH_AUTH_STORE_SIGNING_H
#define BH_AUTH_STORE_SIGNING_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_signing_key {
	struct bh_uuid id;
	const char *state;
	const char *public_jwk;
	struct bh_bytes private_sealed; /* data NULL once it signs no more */
	int64_t created_ms;
	int64_t state_ms;
};

/* One process at a time from here to the end of the transaction. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_signing_lock(struct bh_db *tx);
/* All but the revoked, oldest first. */
BH_MUST_CHECK int auth_store_signing_list(struct bh_db *db, struct auth_signing_key **out,
	size_t *out_count);
BH_MUST_CHECK int auth_store_signing_add(struct bh_db *tx, const struct auth_signing_key *key,
	int64_t now_ms);
/* Moves a key to another state; its private part goes when it signs no more. */
BH_MUST_CHECK int auth_store_signing_set_state(struct bh_db *tx, const struct bh_uuid *id,
	const char *state, int64_t now_ms);

#endif
