/* SPDX-License-Identifier: Apache-2.0 */
/* store_setting.h: what a tenant decides about how its people sign in, and about harmful content. */
#ifndef BH_AUTH_STORE_SETTING_H
#define BH_AUTH_STORE_SETTING_H

#include "auth/auth.h"
#include "base/uuid.h"

/* Text is the arena's, or static. */
struct auth_setting {
	bool mfa_required;
	int64_t session_idle_s, session_max_s; /* 0: the installation's */
	/* off, flag or refuse: what is done about harmful content that chat models are sent, and that they answer. */
	const char *moderation_input, *moderation_output;
};

BH_MUST_CHECK int auth_store_setting_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_setting *out);
BH_MUST_CHECK int auth_store_setting_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_setting *setting, int64_t now_ms);

#endif
