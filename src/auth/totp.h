/* SPDX-License-Identifier: Apache-2.0 */
/* totp.h: a person's authenticator app and recovery codes. */
#ifndef BH_AUTH_TOTP_H
#define BH_AUTH_TOTP_H

#include <stdbool.h>

#include "auth/auth.h"
#include "base/uuid.h"
#include "sec/otp.h"

enum {
	AUTH_RECOVERY_CODES = 10,
	AUTH_RECOVERY_TEXT = 12 /* "xxxxx-xxxxx": 50 bits, and the NUL */
};

struct auth_recovery_codes {
	char text[AUTH_RECOVERY_CODES][AUTH_RECOVERY_TEXT];
};

/* Begins an app, which counts once it is confirmed. BH_E_STATE when there is a confirmed one. */
BH_MUST_CHECK int auth_totp_begin(struct auth *auth, struct bh_db *db,
	const struct bh_uuid *account, int64_t now_ms, char out_secret[BH_OTP_SECRET_TEXT]);

/* The app shows this code: from now on it is asked for. The codes are shown this once. BH_E_PROOF for a
 * wrong code, BH_E_STATE when nothing was begun. */
BH_MUST_CHECK int auth_totp_confirm(struct auth *auth, struct bh_db *db,
	const struct bh_uuid *account, const char *code, int64_t now_ms,
	struct auth_recovery_codes *out);

/* Whether this is a code of the app that was not used before, or a recovery code that waits. `use`: it is
 * used up by this. BH_E_MFA_WRONG. */
BH_MUST_CHECK int auth_totp_check(struct auth *auth, struct bh_db *db,
	const struct bh_uuid *account, const char *code, bool use, int64_t now_ms);

/* New recovery codes in place of all. BH_E_STATE without a confirmed app. */
BH_MUST_CHECK int auth_totp_renew(struct auth *auth, struct bh_db *db,
	const struct bh_uuid *account, struct auth_recovery_codes *out);

/* BH_E_NOT_FOUND without one. */
BH_MUST_CHECK int auth_totp_remove(struct bh_db *db, const struct bh_uuid *account);

#endif
