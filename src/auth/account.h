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

#endif
