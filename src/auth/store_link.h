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

/* Adds one beside those that the member has. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_link_add_beside(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *account, const char *purpose,
	const struct bh_digest *hash, const char *created_by, int64_t now_ms, int64_t expires_ms);

/* How many the member was given for this purpose since then. */
BH_MUST_CHECK int auth_store_link_count(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *purpose, int64_t since_ms, int64_t *out);

struct auth_link {
	struct bh_uuid account;
	const char *purpose;
};

/* A link that still works. BH_E_NOT_FOUND for every other. */
BH_MUST_CHECK int auth_store_link_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, int64_t now_ms, struct auth_link *out);

/* Uses it up: of several at once one succeeds, the others are BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_link_use(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_digest *hash, int64_t now_ms);

/* Makes all of the member's links invalid, whatever they are for. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_link_void(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, int64_t now_ms);

#endif
