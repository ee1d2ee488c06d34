/* SPDX-License-Identifier: Apache-2.0 */
/* otp.c: HOTP (RFC 4226) over steps of time. */
#include "sec/otp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sec/digest.h"

enum { SHA1_BYTES = 20, LIMIT = 1000000 };

void
bh_otp_text(const uint8_t secret[BH_OTP_SECRET_BYTES], char out[BH_OTP_SECRET_TEXT])
{
	static const char alphabet[33] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	/* 20 bytes are 32 digits of 5 bits exactly. */
	for (unsigned digit = 0; digit < BH_OTP_SECRET_TEXT - 1; digit++) {
		unsigned bit = digit * 5, at = bit / 8;
		unsigned two = (unsigned)secret[at] << 8;

		if (at + 1 < BH_OTP_SECRET_BYTES)
			two |= secret[at + 1];
		out[digit] = alphabet[two >> (11 - bit % 8) & 31];
	}
	out[BH_OTP_SECRET_TEXT - 1] = '\0';
}

void
bh_otp_at(const uint8_t secret[BH_OTP_SECRET_BYTES], int64_t step, char out[BH_OTP_DIGITS + 1])
{
	uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
	unsigned len = sizeof(mac);
	const uint8_t *done;
	uint32_t number;

	for (unsigned i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	done = HMAC(EVP_sha1(), secret, BH_OTP_SECRET_BYTES, counter, sizeof(counter), mac, &len);
	BH_ASSERT(done != NULL && len == SHA1_BYTES);
	/* Dynamic truncation: the last half byte says where the number lies. */
	memcpy(&number, mac + (mac[SHA1_BYTES - 1] & 15), sizeof(number));
	number = __builtin_bswap32(number) & 0x7fffffff;
	snprintf(out, BH_OTP_DIGITS + 1, "%06u", number % LIMIT);
	bh_wipe(mac, sizeof(mac));
}

bool
bh_otp_check(const uint8_t secret[BH_OTP_SECRET_BYTES], const char *code, int64_t now_s,
	int64_t last, int64_t *out_step)
{
	int64_t now = now_s / BH_OTP_STEP_S;
	char right[BH_OTP_DIGITS + 1];
	bool found = false;

	if (strlen(code) != BH_OTP_DIGITS)
		return false;
	for (int64_t step = now - BH_OTP_SKEW; step <= now + BH_OTP_SKEW; step++) {
		bh_otp_at(secret, step, right);
		if (bh_bytes_equal(right, code, BH_OTP_DIGITS) && step > last) {
			*out_step = step;
			found = true;
		}
	}
	bh_wipe(right, sizeof(right));
	return found;
}
