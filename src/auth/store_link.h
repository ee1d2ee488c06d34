/* SPDX-License-Identifier: Apache-2.0 */
/* store_link.h: one-time links. */
#ifndef BH_AUTH_STORE_LINK_H
#define BH_AUTH_STORE_LINK_H

#include "auth/auth.h"
#include "base/uuid.h"

/* Adds a link; older links of the member for this purpose become invalid. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_link_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *account, const char *purpose,
	const struct bh_digest *hash, const char *created_by, int64_t expires_ms);

/* For whom a link that still works is. BH_E_NOT_FOUND for every other. */
BH_MUST_CHECK int auth_store_link_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, const char *purpose, int64_t now_ms,
	struct bh_uuid *out_account);

/* Uses it up: of several at once one succeeds, the others are BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_link_use(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, const char *purpose, int64_t now_ms);

#endif
