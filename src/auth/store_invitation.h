/* SPDX-License-Identifier: Apache-2.0 */
/* store_invitation.h: invitations to a tenant. One is open until it is accepted or revoked, even when it has
 * expired: then it can be sent again. */
#ifndef BH_AUTH_STORE_INVITATION_H
#define BH_AUTH_STORE_INVITATION_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_invitation {
	struct bh_uuid id;
	const char *email;
	const char *role;
	const char *created_by;
	int64_t created_ms, sent_ms, sends, expires_ms;
	int64_t accepted_ms, revoked_ms; /* 0: not */
	struct bh_uuid account;          /* who accepted it; zero: nobody */
};

/* A new one, by its first members; an expired one for the same address is revoked. BH_E_CONFLICT when there
 * is one that can be accepted. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_invitation_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_invitation *invitation, const struct bh_digest *hash);

/* How many can be accepted now, counted up to `most`, without this one (NULL: all). */
BH_MUST_CHECK int auth_store_invitation_count(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *without, int64_t now_ms, int64_t most, int64_t *out);

/* A page, newest first, from before `after` (zero: from the newest). */
BH_MUST_CHECK int auth_store_invitation_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct auth_invitation **out, size_t *out_count);
BH_MUST_CHECK int auth_store_invitation_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_invitation *out);
/* The same, and whoever else changes it waits. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_invitation_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_invitation *out);

/* One that can be accepted, by its link. BH_E_NOT_FOUND for every other. */
BH_MUST_CHECK int auth_store_invitation_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, int64_t now_ms,
	struct auth_invitation *out);

/* A new link for an open one. BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_invitation_renew(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, int64_t now_ms, int64_t expires_ms);
/* Takes back an open one. BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_store_invitation_revoke(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms);
/* Uses it up: of several at once one succeeds, the others are BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_invitation_use(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, const struct bh_uuid *account,
	int64_t now_ms);

#endif
