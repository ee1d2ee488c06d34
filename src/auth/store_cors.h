/* SPDX-License-Identifier: Apache-2.0 */
/* store_cors.h: whose browser pages may read the answers to a tenant's credentials. */
#ifndef BH_AUTH_STORE_CORS_H
#define BH_AUTH_STORE_CORS_H

#include "auth/auth.h"
#include "base/uuid.h"

#define AUTH_ORIGINS_BYTES 2048 /* of all origins, a blank between two */

/* *out: origins divided by blanks; "" without a row. Text is the arena's. */
BH_MUST_CHECK int auth_store_cors_get(struct bh_db *db, const struct bh_uuid *tenant,
	const char **out);
/* Takes the place of what was there. */
BH_MUST_CHECK int auth_store_cors_set(struct bh_db *db, const struct bh_uuid *tenant,
	const char *origins);

#endif
