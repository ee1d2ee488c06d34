/* SPDX-License-Identifier: Apache-2.0 */
/* store_totp.h: authenticator apps of persons and their recovery codes: the platform's. */
#ifndef BH_AUTH_STORE_TOTP_H
#define BH_AUTH_STORE_TOTP_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_totp_row {
	struct bh_bytes secret_sealed;
	int64_t last_step;
	int64_t confirmed_ms; /* 0: not yet */
};
BH_MUST_CHECK int auth_store_totp_get(struct bh_db *db, const struct bh_uuid *account,
	struct auth_totp_row *out, bool *out_found);
/* Begins one in place of another that was not confirmed; *out_begun false: there is a confirmed one. */
BH_MUST_CHECK int auth_store_totp_begin(struct bh_db *db, const struct bh_uuid *account,
	const void *sealed, size_t sealed_len, int64_t now_ms, bool *out_begun);
/* Accepts a step, unless it or a later one was accepted before. `confirm` as the first. */
BH_MUST_CHECK int auth_store_totp_step(struct bh_db *tx, const struct bh_uuid *account,
	int64_t step, bool confirm, int64_t now_ms, bool *out_taken);
/* With its codes. BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_store_totp_remove(struct bh_db *db, const struct bh_uuid *account);

/* Replaces all codes. */
BH_MUST_CHECK int auth_store_totp_codes(struct bh_db *tx, const struct bh_uuid *account,
	const struct bh_bytes *hashes, size_t n_hashes);
/* Uses one up, or only tells whether it waits (`use` false). */
BH_MUST_CHECK int auth_store_totp_code(struct bh_db *db, const struct bh_uuid *account,
	const struct bh_digest *hash, bool use, int64_t now_ms, bool *out_good);

#endif
