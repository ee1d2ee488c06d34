/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: sessions: how they start, continue with refresh tokens, and end if a token was stolen. */
#ifndef BH_AUTH_SESSION_H
#define BH_AUTH_SESSION_H

#include <stdbool.h>

#include "auth/auth.h"
#include "base/uuid.h"

/* For this time, a client that lost the response may use a refresh token again and gets the same
 * successor. */
#define AUTH_REFRESH_GRACE_MS (10 * 1000LL)

/* What a client is given. Text is in the handle's arena. */
struct auth_tokens {
	struct bh_uuid tenant, account, session;
	const char *tenant_name;
	const char *role;
	const char *scope;
	const char *access;
	const char *refresh;
	int64_t expires_s; /* of the access token, since 1970 */
	bool ended_others; /* the oldest sign-in made room for this one */
};

struct auth_session_new {
	struct bh_uuid tenant, account;
	const char *method;      /* "password" */
	const char *client;      /* what it calls itself; cut to 256 bytes */
	int64_t password_set_ms; /* as read with the hash that matched */
	bool mfa;                /* a second factor was shown too */
};

/* Whether a person may have tokens in a tenant now, and as what. BH_E_FORBIDDEN, BH_E_SUSPENDED. */
struct auth_standing;
BH_MUST_CHECK int auth_session_standing(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_standing *out);

/* Of one person there are so many sign-ins, and so many that are over: the oldest make room for one more.
 * *out_ended tells whether one that ran was ended. Inside bh_tx_run. */
BH_MUST_CHECK int auth_session_room(struct auth *auth, struct bh_db *tx,
	const struct bh_uuid *tenant, const struct bh_uuid *account, int64_t now_ms, bool *out_ended);

/* What a client calls itself, as far as it is kept; in the arena. */
const char *auth_session_client(struct bh_arena *arena, const char *client);

/* A sign-in of a person who has proved who they are. BH_E_FORBIDDEN without a membership,
 * BH_E_SUSPENDED when it or the tenant is, BH_E_UNAUTHENTICATED when the password was changed since,
 * BH_E_MFA_SESSION when the tenant wants a second factor. */
BH_MUST_CHECK int auth_session_begin(struct auth *auth, struct bh_db *db,
	const struct auth_session_new *session, int64_t now_ms, struct auth_tokens *out);

/* New tokens for a refresh token, which is used up. BH_E_UNAUTHENTICATED for one that is unknown,
 * expired, of a sign-in that is over, or used before: then the sign-in ends, and *out_revoked tells
 * so. BH_E_SUSPENDED leaves the token as it is, BH_E_RATE_LIMITED too: *out_wait_ms tells for how long. */
BH_MUST_CHECK int auth_session_refresh(struct auth *auth, struct bh_db *db, const char *refresh,
	int64_t now_ms, struct auth_tokens *out, bool *out_revoked, int64_t *out_wait_ms);

/* Ends a sign-in and kills its tokens. `account` NULL: anybody's. BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_session_end(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *session, const struct bh_uuid *account);

/* The same by refresh token. BH_E_NOT_FOUND for one that ends nothing. */
BH_MUST_CHECK int auth_session_end_by(struct bh_db *db, const char *refresh);

#endif
