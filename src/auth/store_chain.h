/* SPDX-License-Identifier: Apache-2.0 */
/* store_chain.h: the chains of audit events (db/migrations/0240), and the keys that sign their checkpoints. */
#ifndef AUTH_STORE_CHAIN_H
#define AUTH_STORE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/store_audit.h"
#include "auth/store_signing.h"
#include "base/macros.h"
#include "db/db.h"

/* ---- keys: the platform's ---- */

/* All there ever were, the oldest first: each signed something that is to be verified still. */
BH_MUST_CHECK int auth_store_chain_keys(struct bh_db *db, struct auth_signing_key **out,
	size_t *out_n);
BH_MUST_CHECK int auth_store_chain_key_add(struct bh_db *tx, const struct auth_signing_key *key,
	int64_t now_ms);

/* ---- a tenant's chain ---- */

struct auth_chain_state {
	int64_t size, sealed;
};
/* Zeroed where there is none. */
BH_MUST_CHECK int auth_store_chain_state(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_chain_state *out);

/* Whose chains have grown; `tenant` is the platform. */
BH_MUST_CHECK int auth_store_chain_due(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	struct bh_uuid **out, size_t *out_n);
/* In a transaction: how large the tree is that is to be sealed; 0: nothing is new. */
BH_MUST_CHECK int auth_store_chain_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t *out_size);

/* A tile's hashes; *out_hashes.data is NULL where there is none. */
BH_MUST_CHECK int auth_store_chain_tile(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t level, int64_t n, struct bh_bytes *out_hashes);
/* How many hashes a level has. */
BH_MUST_CHECK int auth_store_chain_level(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t level, int64_t *out_count);
BH_MUST_CHECK int auth_store_chain_tile_add(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t level, int64_t at, const struct bh_buf *hashes);

struct auth_checkpoint {
	int64_t size, made_ms;
	const char *jws;
};
BH_MUST_CHECK int auth_store_chain_checkpoint_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_checkpoint *checkpoint);
/* Those with a size in (above, to], the smallest first. */
BH_MUST_CHECK int auth_store_chain_checkpoints(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t above, int64_t to, int64_t most, struct auth_checkpoint **out, size_t *out_n);
/* The newest `most` with a smaller size, the smallest first. */
BH_MUST_CHECK int auth_store_chain_earlier(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t size, int64_t most, struct auth_checkpoint **out, size_t *out_n);
/* The newest of size `to` at most; zeroed where there is none. */
BH_MUST_CHECK int auth_store_chain_newest(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t to, struct auth_checkpoint *out);

/* Events with positions in [from, to), in their order. */
BH_MUST_CHECK int auth_store_chain_rows(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t from, int64_t to, struct auth_audit_row **out, size_t *out_n);
/* What was indexed before there was a chain, from that id on, by id: `most` at once. */
BH_MUST_CHECK int auth_store_chain_unchained(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t most, struct auth_audit_row **out, size_t *out_n);

struct auth_chain_gone {
	int64_t from, to;
};
/* Runs that retention has removed and that touch [from, to), in their order. */
BH_MUST_CHECK int auth_store_chain_gone(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t from, int64_t to, struct auth_chain_gone **out, size_t *out_n);

#endif
