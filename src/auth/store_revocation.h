/* SPDX-License-Identifier: Apache-2.0 */
/* store_revocation.h: the revocation log and its counter: the platform's. */
#ifndef BH_AUTH_STORE_REVOCATION_H
#define BH_AUTH_STORE_REVOCATION_H

#include "auth/auth.h"
#include "base/uuid.h"

/* The newest sequence: the `ver` of a token made now. Read it BEFORE the state that allows the token: a
 * revocation in between is then visible in the state, and a later one has a higher number. */
BH_MUST_CHECK int auth_store_revocation_seq(struct bh_db *db, int64_t *out);

/* Adds a row. Call it last inside the bh_tx_run that changes the state: it holds the counter's lock
 * until the commit, so that numbers rise in the order of commits. Each NULL as the table says. */
BH_MUST_CHECK int auth_store_revocation_tenant(struct bh_db *tx, const struct bh_uuid *tenant);
/* Tokens of the tenant begin nothing new; what they began goes on. */
BH_MUST_CHECK int auth_store_revocation_plan(struct bh_db *tx, const struct bh_uuid *tenant);
BH_MUST_CHECK int auth_store_revocation_credential(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *credential);
/* A row for each, in one statement, because all others wait for the counter. */
BH_MUST_CHECK int auth_store_revocation_credentials(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *credentials, size_t n_credentials);
BH_MUST_CHECK int auth_store_revocation_subject(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *subject);

/* Rows that were not pushed to the gateway yet, oldest first; at most this many. */
enum { AUTH_REVOCATIONS_AT_ONCE = 200 };
struct auth_revocation {
	int64_t seq;
	const char *kind;
	struct bh_uuid tenant;
	struct bh_uuid id;
	bool told; /* the reader's own */
};
BH_MUST_CHECK int auth_store_revocation_unpushed(struct bh_db *db, struct auth_revocation **out,
	size_t *out_count);
/* The same of those behind a number, whether pushed or not. */
BH_MUST_CHECK int auth_store_revocation_after(struct bh_db *db, int64_t seq,
	struct auth_revocation **out, size_t *out_count);
/* The number up to which all gateways were told. */
BH_MUST_CHECK int auth_store_revocation_told(struct bh_db *db, int64_t *out);
/* All were told up to this number. */
BH_MUST_CHECK int auth_store_revocation_pushed(struct bh_db *db, int64_t seq);
/* Removes rows that no living token can be older than. */
BH_MUST_CHECK int auth_store_revocation_prune(struct bh_db *db, int64_t before_ms);

#endif
