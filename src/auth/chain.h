/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h: the chains of audit events: sealed by checkpoints, read for proofs, checked against what is stored.
 *
 * service/audit_event.h says what is hashed. Leaf hashes lie in tiles of 256; whoever seals writes the hash of each
 * full tile into the level above, so that a proof reads a few tiles of each level. A checkpoint is a JWS of an Ed25519
 * key that signs nothing else: service/audit_proof.h. */
#ifndef AUTH_CHAIN_H
#define AUTH_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "auth/store_chain.h"
#include "base/buf.h"
#include "sec/jws_key.h"
#include "sec/merkle.h"

#define AUTH_CHAIN_BEAT_MS 60000

enum { AUTH_CHAIN_LEVELS = 7, AUTH_CHAIN_TILE = 256 };

/* ---- keys ---- */

struct auth_chain_signer {
	struct bh_jws_key *key; /* owned */
	char kid[BH_UUID_TEXT];
};
void auth_chain_signer_close(
	struct auth_chain_signer *signer); /* safe on a zeroed one, and twice */

/* The key that signs now; it is made, or replaced, where it is time. */
BH_MUST_CHECK int auth_chain_signer_open(struct bh_db *db, const struct auth_chain_conf *conf,
	int64_t now_ms, struct auth_chain_signer *out);

/* {"keys":[…]}: every key there ever was, with its state and since when it has been in it. Appended. */
BH_MUST_CHECK int auth_chain_jwks(struct bh_db *db, struct bh_buf *out);

/* ---- sealing ---- */

/* A checkpoint over all that has a position, if something new has; *out_size is what it covers, or 0. `db` is in the
 * tenant's context. Safe in several processes at once. */
BH_MUST_CHECK int auth_chain_seal(struct bh_db *db, const struct auth_chain_signer *signer,
	const struct bh_uuid *tenant, int64_t now_ms, int64_t *out_size);

/* The same for every tenant whose chain has grown; and for one, by a process's own means. */
void auth_chain_run(struct bh_runtime *runtime, void *service);
BH_MUST_CHECK int auth_chain_seal_one(struct bh_runtime *runtime, const struct auth *auth,
	const struct bh_uuid *tenant);

/* ---- reading ---- */

/* A tenant's tiles, as a source of subtrees (bh_merkle_source: auth_chain_subtree). Some are held. */
struct auth_chain_reader {
	struct bh_db *db; /* borrowed: in the tenant's context */
	struct bh_uuid tenant;
	struct bh_merkle merkle; /* owned */
	struct auth_chain_tile {
		bool held;
		int64_t n;
		size_t count; /* 0: there is no such tile */
		struct bh_digest hashes[AUTH_CHAIN_TILE];
	} tiles[AUTH_CHAIN_LEVELS]; /* the last that was read of each level */
};
struct auth_chain_reader *auth_chain_reader_new(struct bh_db *db, const struct bh_uuid *tenant);
void auth_chain_reader_free(struct auth_chain_reader *reader); /* safe on NULL */

/* The tile that was asked for, good until another of its level is. */
BH_MUST_CHECK int auth_chain_tile(struct auth_chain_reader *reader, int64_t level, int64_t n,
	const struct auth_chain_tile **out);
/* Of a whole tile. BH_E_NOT_FOUND unless it is full. */
BH_MUST_CHECK int auth_chain_subtree_of(struct auth_chain_reader *reader, int64_t level, int64_t n,
	struct bh_digest *out);
/* BH_E_NOT_FOUND for hashes that are not there: of events that retention has removed, or behind the newest
 * checkpoint. `ctx` is a reader. */
int auth_chain_subtree(void *ctx, int64_t at, unsigned height, struct bh_digest *out);

/* ---- proofs (service/audit_proof.h) ---- */

/* The first line of an export: `checkpoint` is the newest. */
BH_MUST_CHECK int auth_chain_head(struct auth_chain_reader *reader,
	const struct auth_checkpoint *checkpoint, bool range, struct bh_buf *out);
/* `,"proof":[…]`, appended. */
BH_MUST_CHECK int auth_chain_path(struct auth_chain_reader *reader, int64_t position, int64_t size,
	struct bh_buf *out);

/* An event as it is hashed and shown. */
struct bh_audit_event auth_chain_event(const struct auth_audit_row *row);

#endif
