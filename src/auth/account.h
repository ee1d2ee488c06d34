/* SPDX-License-Identifier: Apache-2.0 */
/* account.h: what the platform's staff does to a person: out of every tenant, and back in. */
#ifndef BH_AUTH_ACCOUNT_H
#define BH_AUTH_ACCOUNT_H

#include <stdbool.h>

#include "base/uuid.h"
#include "db/db.h"

/* Disables a person on the whole platform, or undoes that; memberships stay as they are. Disabling ends
 * every sign-in and revokes every token, wherever it is for. BH_E_NOT_FOUND, BH_E_STATE (the last
 * superuser). */
BH_MUST_CHECK int auth_account_set(struct bh_db *db, const struct bh_uuid *account, bool active);

/* Sets the password of a person who has just proved the old one, ends every sign-in but `keep` (NULL: none), and
 * revokes every token. Links to set a password do not work any more. BH_E_CONFLICT: it is not `old_ms` any
 * more that the password was set. */
BH_MUST_CHECK int auth_account_password(struct bh_db *db, const struct bh_uuid *account,
	int64_t old_ms, const char *password_hash, const struct bh_uuid *keep, int64_t now_ms);

/* Ends what an old password stands for, in every tenant: links to set one, and sign-ins but `keep` (NULL: none).
 * Inside the transaction that sets the new one. */
BH_MUST_CHECK int auth_account_renew(struct bh_db *tx, const struct bh_uuid *account,
	const struct bh_uuid *keep, int64_t now_ms);

#endif
