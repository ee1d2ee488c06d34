/* SPDX-License-Identifier: Apache-2.0 */
/* credential.c: making and splitting opaque credentials. */
#include "sec/credential.h"

#include <string.h>

#include "base/error.h"

enum {
	PREFIX = 6,
	ID_DIGITS = 22,     /* 16 bytes */
	SECRET_DIGITS = 43, /* 32 bytes */
	CHECK_DIGITS = 6,   /* 4 bytes */
	CHECK_AT = PREFIX + 2 * ID_DIGITS + SECRET_DIGITS
};

_Static_assert(CHECK_AT + CHECK_DIGITS + 1 == BH_CREDENTIAL_TEXT, "widths add up");

static const char alphabet[63] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char *const prefixes[] = {
	[BH_CREDENTIAL_KEY] = "bh_sk_",
	[BH_CREDENTIAL_REFRESH] = "bh_rt_",
	[BH_CREDENTIAL_LINK] = "bh_ot_",
	[BH_CREDENTIAL_CONSOLE] = "bh_ct_",
};

/* A big-endian number in base 62, of fixed width. */
static void
base62_write(const uint8_t *bytes, size_t len, char *out, size_t digits)
{
	uint8_t number[32];

	memcpy(number, bytes, len);
	for (size_t at = digits; at-- > 0;) {
		unsigned rest = 0;

		for (size_t i = 0; i < len; i++) {
			rest = rest * 256 + number[i];
			number[i] = (uint8_t)(rest / 62);
			rest %= 62;
		}
		out[at] = alphabet[rest];
	}
	bh_wipe(number, sizeof(number));
}

static int
base62_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 36;
	return -1;
}

/* BH_E_INVALID for a foreign character or a number too large for `len` bytes. */
BH_MUST_CHECK static int
base62_read(const char *text, size_t digits, uint8_t *out, size_t len)
{
	memset(out, 0, len);
	for (size_t at = 0; at < digits; at++) {
		int value = base62_value(text[at]);
		unsigned carry;

		if (value < 0)
			return BH_E_INVALID;
		carry = (unsigned)value;
		for (size_t i = len; i-- > 0;) {
			carry += out[i] * 62u;
			out[i] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry != 0)
			return BH_E_INVALID;
	}
	return 0;
}

/* CRC-32 as in IEEE 802.3: tells a mistyped credential from a wrong one without a look-up. */
static uint32_t
crc32(const char *text, size_t len)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)text[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
	}
	return ~crc;
}

static void
check_write(const char *text, char out[CHECK_DIGITS])
{
	uint32_t crc = crc32(text, CHECK_AT);
	const uint8_t bytes[4] = {
		(uint8_t)(crc >> 24),
		(uint8_t)(crc >> 16),
		(uint8_t)(crc >> 8),
		(uint8_t)crc,
	};

	base62_write(bytes, sizeof(bytes), out, CHECK_DIGITS);
}

void
bh_credential_make(enum bh_credential_kind kind, const struct bh_uuid *tenant,
	const struct bh_uuid *row, char text[BH_CREDENTIAL_TEXT], struct bh_digest *out_hash)
{
	struct bh_secret secret;
	char *at = text;

	bh_random(secret.bytes, sizeof(secret.bytes));
	memcpy(at, prefixes[kind], PREFIX);
	at += PREFIX;
	base62_write(tenant->bytes, sizeof(tenant->bytes), at, ID_DIGITS);
	at += ID_DIGITS;
	base62_write(row->bytes, sizeof(row->bytes), at, ID_DIGITS);
	at += ID_DIGITS;
	base62_write(secret.bytes, sizeof(secret.bytes), at, SECRET_DIGITS);
	at += SECRET_DIGITS;
	check_write(text, at);
	at[CHECK_DIGITS] = '\0';

	bh_digest_sha256(text, BH_CREDENTIAL_TEXT - 1, out_hash);
	bh_secret_close(&secret);
}

BH_MUST_CHECK static int
kind_read(const char *text, enum bh_credential_kind *out)
{
	for (size_t i = 0; i < BH_COUNT(prefixes); i++) {
		if (memcmp(text, prefixes[i], PREFIX) == 0) {
			*out = (enum bh_credential_kind)i;
			return 0;
		}
	}
	return BH_E_INVALID;
}

int
bh_credential_parse(const char *text, struct bh_credential *out)
{
	struct bh_credential found = {0};
	struct bh_secret secret;
	char check[CHECK_DIGITS];
	int rc;

	if (strnlen(text, BH_CREDENTIAL_TEXT) != BH_CREDENTIAL_TEXT - 1)
		return BH_E_UNAUTHENTICATED;
	check_write(text, check);
	if (memcmp(check, text + CHECK_AT, CHECK_DIGITS) != 0)
		return BH_E_UNAUTHENTICATED;

	/* Decoded wholly, so that each credential has exactly one text. */
	rc = kind_read(text, &found.kind);
	if (rc == 0)
		rc = base62_read(text + PREFIX, ID_DIGITS, found.tenant.bytes, sizeof(found.tenant.bytes));
	if (rc == 0)
		rc = base62_read(text + PREFIX + ID_DIGITS, ID_DIGITS, found.row.bytes,
			sizeof(found.row.bytes));
	if (rc == 0)
		rc = base62_read(text + PREFIX + 2 * ID_DIGITS, SECRET_DIGITS, secret.bytes,
			sizeof(secret.bytes));
	bh_secret_close(&secret);
	if (rc < 0)
		return BH_E_UNAUTHENTICATED;

	bh_digest_sha256(text, BH_CREDENTIAL_TEXT - 1, &found.hash);
	*out = found;
	return 0;
}

void
bh_credential_shown(const struct bh_uuid *row, enum bh_credential_kind kind,
	char out[BH_CREDENTIAL_SHOWN])
{
	char digits[ID_DIGITS];

	base62_write(row->bytes, sizeof(row->bytes), digits, sizeof(digits));
	memcpy(out, prefixes[kind], PREFIX);
	memcpy(out + PREFIX, digits, BH_CREDENTIAL_SHOWN - PREFIX - 1);
	out[BH_CREDENTIAL_SHOWN - 1] = '\0';
}
