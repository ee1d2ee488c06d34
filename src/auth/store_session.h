/* SPDX-License-Identifier: Apache-2.0 */
/* store_session.h: sign-ins and their refresh tokens. */
#ifndef BH_AUTH_STORE_SESSION_H
#define BH_AUTH_STORE_SESSION_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_session {
	struct bh_uuid id;
	struct bh_uuid account;
	const char *method;
	const char *client;
	int64_t created_ms, last_used_ms, expires_ms;
	int64_t revoked_ms; /* 0: runs */
	int64_t mfa_ms; /* a second factor was shown; 0: none. Not told by auth_store_session_list */
};

BH_MUST_CHECK int auth_store_session_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_session *session);
/* A page of an account's running sign-ins, newest first; `after` zero: from the newest. */
BH_MUST_CHECK int auth_store_session_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t now_ms, const struct bh_uuid *after, int64_t limit,
	struct auth_session **out, size_t *out_count);
/* Ends one; BH_E_NOT_FOUND also when it is not the account's or is over. `account` NULL: anybody's. */
BH_MUST_CHECK int auth_store_session_revoke(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *account);
/* Ends all of an account. */
BH_MUST_CHECK int auth_store_session_revoke_all(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account);
/* The same but for one (NULL: none). */
BH_MUST_CHECK int auth_store_session_revoke_others(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const struct bh_uuid *keep);
BH_MUST_CHECK int auth_store_session_touch(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms);
/* Ends all running ones of an account but the newest `keep`; *out names them. */
BH_MUST_CHECK int auth_store_session_trim(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t now_ms, int64_t keep, struct bh_uuid **out,
	size_t *out_count);
/* Removes an account's sign-ins that ended before, and of those that ended since all but the newest
 * `keep`, with their tokens. */
BH_MUST_CHECK int auth_store_session_prune(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t before_ms, int64_t now_ms, int64_t keep);

/* A refresh token and its family, both locked. */
struct auth_refresh {
	struct bh_uuid id;
	int64_t expires_ms;
	int64_t consumed_ms; /* 0: waits */
	struct bh_uuid successor;
	struct bh_bytes successor_sealed;
	bool successor_consumed;
	struct auth_session session;
};
BH_MUST_CHECK int auth_store_refresh_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, struct auth_refresh *out,
	bool *out_found);
BH_MUST_CHECK int auth_store_refresh_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *session, const struct bh_digest *hash,
	int64_t expires_ms);
/* Marks a token used and keeps its successor's text; forgets the family's older texts. */
BH_MUST_CHECK int auth_store_refresh_consume(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_refresh *token, const struct bh_uuid *successor, const void *sealed,
	size_t sealed_len, int64_t now_ms);
/* Removes a family's used tokens but the newest `keep`. */
BH_MUST_CHECK int auth_store_refresh_trim(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *session, int64_t keep);

#endif
