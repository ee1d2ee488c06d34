/* SPDX-License-Identifier: Apache-2.0 */
/* otp.h: one-time passwords by the clock (RFC 6238: SHA-1, six digits, 30 seconds), as authenticator apps
 * make them. */
#ifndef BH_SEC_OTP_H
#define BH_SEC_OTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

enum {
	BH_OTP_SECRET_BYTES = 20, /* as long as SHA-1's result (RFC 4226 §4) */
	BH_OTP_SECRET_TEXT = 33,  /* base32 and the NUL */
	BH_OTP_DIGITS = 6,
	BH_OTP_STEP_S = 30,
	BH_OTP_SKEW = 1 /* steps that the app's clock may be off */
};

/* The secret in base32 without padding, as apps read it. */
void bh_otp_text(const uint8_t secret[BH_OTP_SECRET_BYTES], char out[BH_OTP_SECRET_TEXT]);

/* The password of a step. */
void bh_otp_at(const uint8_t secret[BH_OTP_SECRET_BYTES], int64_t step,
	char out[BH_OTP_DIGITS + 1]);

/* Whether this is the password of a step after `last`, not farther than the skew from now; *out_step is
 * which: whoever accepts it keeps that, so that no step is good twice. All are compared, whichever it is. */
bool bh_otp_check(const uint8_t secret[BH_OTP_SECRET_BYTES], const char *code, int64_t now_s,
	int64_t last, int64_t *out_step);

#endif
