/* SPDX-License-Identifier: Apache-2.0 */
/* store_profile.h: what a person has chosen for themselves. */
#ifndef BH_AUTH_STORE_PROFILE_H
#define BH_AUTH_STORE_PROFILE_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_profile {
	struct bh_uuid id;
	const char *email, *name;
	const char *locale;    /* "en" or "de" */
	const char *theme;     /* "system", "light" or "dark" */
	const char *time_zone; /* "Europe/Berlin" */
	bool shortcuts;
};

/* Members that are NULL (or not `has_shortcuts`) stay as they are. */
struct auth_profile_change {
	const char *name, *locale, *theme, *time_zone;
	bool shortcuts, has_shortcuts;
};

BH_MUST_CHECK int auth_store_profile_get(struct bh_db *db, const struct bh_uuid *account,
	struct auth_profile *out);
/* BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_store_profile_set(struct bh_db *db, const struct bh_uuid *account,
	const struct auth_profile_change *change);

#endif
