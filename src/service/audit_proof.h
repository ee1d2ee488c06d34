/* SPDX-License-Identifier: Apache-2.0 */
/* audit_proof.h: exports of audit events that prove themselves: checkpoints, and the check of an export.
 *
 * An export in NDJSON begins with a line {"object":"audit_proof", …}, which holds the newest checkpoint, and ends with
 * {"object":"audit_proof_end","events":N}. Between them stand the events (audit_event.h). If it holds everything
 * ("mode":"range"), they come in the order of their positions, and with the hashes of what retention has removed
 * ("missing") they make up the root. Else ("mode":"lines") each has its own path ("proof") to the root. "earlier"
 * holds checkpoints from before with proofs that the newest goes on from them (RFC 9162, 2.1.4).
 *
 * Nothing here needs the platform: a public key and the file suffice. */
#ifndef BH_SERVICE_AUDIT_PROOF_H
#define BH_SERVICE_AUDIT_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "sec/jws_key.h"
#include "sec/merkle.h"

#define BH_AUDIT_CHECKPOINT_TYPE "bulkhead-audit-checkpoint"

enum {
	BH_AUDIT_KEYS_MOST = 64,
	BH_AUDIT_EARLIER_MOST = 64,
	BH_AUDIT_MISSING_MOST = 4096,
	BH_AUDIT_WHY = 200
};

/* ---- checkpoints ---- */

struct bh_audit_checkpoint {
	struct bh_uuid tenant;
	int64_t size; /* events that it covers */
	int64_t time_ms;
	struct bh_digest root;
};

/* The payload of its JWS, appended. */
void bh_audit_checkpoint_write(const struct bh_audit_checkpoint *checkpoint, struct bh_buf *out);

/* Public keys by their ids. Zeroed: none. */
struct bh_audit_keys {
	struct bh_audit_key {
		char kid[BH_UUID_TEXT];
		struct bh_jws_key *key; /* owned */
	} keys[BH_AUDIT_KEYS_MOST];
	size_t n;
};
/* From a JWK or a set of them; keys of another kind are passed over. BH_E_INVALID without any. */
BH_MUST_CHECK int bh_audit_keys_open(const char *text, size_t len, struct bh_audit_keys *out);
void bh_audit_keys_close(struct bh_audit_keys *keys); /* safe on a zeroed one, and twice */

/* BH_E_UNAUTHENTICATED unless one of the keys signed it. */
BH_MUST_CHECK int bh_audit_checkpoint_read(const struct bh_audit_keys *keys, const char *jws,
	struct bh_audit_checkpoint *out);

/* ---- the check of an export ---- */

struct bh_audit_missing {
	int64_t from, to;
	size_t hashes; /* where they begin */
};

/* Everything is owned but for the keys. */
struct bh_audit_verifier {
	const struct bh_audit_keys *keys;
	struct bh_merkle merkle;
	struct bh_merkle_tree tree;
	struct bh_audit_checkpoint checkpoint;
	struct bh_audit_checkpoint earlier[BH_AUDIT_EARLIER_MOST]; /* the smallest first */
	size_t n_earlier, next_earlier;
	struct bh_buf missing, hashes; /* struct bh_audit_missing, struct bh_digest */
	size_t next_missing;
	bool begun, ended, range;
	int64_t lines;
	int64_t proved;   /* events */
	int64_t unproved; /* events without a position, or behind the checkpoint */
	int64_t gone;     /* positions of events that retention has removed */
	int64_t failures;
	/* Of the first failure. */
	int64_t failed_line, failed_position; /* -1: of no position in particular */
	char why[BH_AUDIT_WHY];
};

void bh_audit_verify_open(struct bh_audit_verifier *out, const struct bh_audit_keys *keys);
/* The next line, without its end. */
void bh_audit_verify_line(struct bh_audit_verifier *verifier, const char *line, size_t len);
/* After the last: whether every event that has a position is proved, and nothing is missing. */
bool bh_audit_verify_end(struct bh_audit_verifier *verifier);
void bh_audit_verify_close(struct bh_audit_verifier *verifier);

#endif
