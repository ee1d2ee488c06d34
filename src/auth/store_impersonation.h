/* SPDX-License-Identifier: Apache-2.0 */
/* store_impersonation.h: who of the platform's staff acts as whom: the platform's. */
#ifndef BH_AUTH_STORE_IMPERSONATION_H
#define BH_AUTH_STORE_IMPERSONATION_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_impersonation {
	struct bh_uuid id; /* the session in the tenant */
	struct bh_uuid staff, staff_session;
	const char *staff_email;
	struct bh_uuid tenant, account; /* as whom */
	const char *reason;
	int64_t began_ms, until_ms;
	int64_t ended_ms; /* 0: runs */
};

BH_MUST_CHECK int auth_store_impersonation_add(struct bh_db *tx,
	const struct auth_impersonation *row);
BH_MUST_CHECK int auth_store_impersonation_get(struct bh_db *db, const struct bh_uuid *id,
	struct auth_impersonation *out, bool *out_found);
/* Marks it as ended; *out_ended false: it was. */
BH_MUST_CHECK int auth_store_impersonation_end(struct bh_db *tx, const struct bh_uuid *id,
	int64_t now_ms, bool *out_ended);
/* Those whose time is over, or whose staff has signed out, the oldest first. */
BH_MUST_CHECK int auth_store_impersonation_due(struct bh_db *db, int64_t now_ms,
	struct auth_impersonation **out, size_t *out_count);

/* As whom the staff acts where nobody is named: the owner who is longest there. BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_store_impersonation_owner(struct bh_db *db, const struct bh_uuid *tenant,
	struct bh_uuid *out);

#endif
