/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h: SHA-256, HMAC, key derivation, random bytes, constant-time comparison (OpenSSL 3, libsodium). */
#ifndef BH_SEC_DIGEST_H
#define BH_SEC_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct bh_digest {
	uint8_t bytes[32];
};

/* A 32-byte secret. Wiped by its close; no log format takes it. */
struct bh_secret {
	uint8_t bytes[32];
};

void bh_secret_close(struct bh_secret *secret);

void bh_digest_sha256(const void *bytes, size_t len, struct bh_digest *out);
/* SHA-256 of what comes in pieces: begin, add as often as needed, end (which frees). */
struct bh_hash {
	void *impl; /* owned */
};
void bh_hash_begin(struct bh_hash *out);
void bh_hash_add(struct bh_hash *hash, const void *bytes, size_t len);
void bh_hash_end(struct bh_hash *hash, struct bh_digest *out);

/* MD5 of what comes in pieces, for checksums that clients ask for; it proves nothing. */
#define BH_MD5_BYTES 16
struct bh_md5 {
	void *impl; /* owned; NULL: closed */
};
/* BH_E_UNSUPPORTED where the system's OpenSSL is not allowed to. */
BH_MUST_CHECK int bh_md5_begin(struct bh_md5 *out);
void bh_md5_add(struct bh_md5 *md5, const void *bytes, size_t len);
void bh_md5_end(struct bh_md5 *md5, uint8_t out[BH_MD5_BYTES]); /* closes it */
void bh_md5_close(struct bh_md5 *md5); /* safe on a zeroed one, and twice */

void bh_digest_hmac(const struct bh_secret *key, const void *bytes, size_t len,
	struct bh_digest *out);
/* The same with a key of any length. */
void bh_digest_hmac_bytes(const void *key, size_t key_len, const void *bytes, size_t len,
	struct bh_digest *out);

/* HKDF-SHA256 (RFC 5869) with `label` as info and no salt. */
void bh_secret_derive(const struct bh_secret *master, const char *label, struct bh_secret *out);

/* From the kernel; aborts if it has none, which it always has after boot. */
void bh_random(void *out, size_t len);

bool bh_digest_equal(const struct bh_digest *a, const struct bh_digest *b); /* constant time */
bool bh_bytes_equal(const void *a, const void *b, size_t len);              /* constant time */
void bh_wipe(void *bytes, size_t len);

/* base64url without padding (RFC 4648 §5). Decoding is strict: canonical, no padding, no blanks. */
size_t bh_base64url_encode(const void *bytes, size_t len,
	char *out); /* out: 4*len/3 + 4; NUL-terminated */
BH_MUST_CHECK int bh_base64url_decode(const char *text, size_t len, void *out, size_t size,
	size_t *out_len);

/* Standard base64 with padding, for embeddings. out: 4*((len+2)/3) + 1. */
size_t bh_base64_encode(const void *bytes, size_t len, char *out);
/* As strict, with the padding. */
BH_MUST_CHECK int bh_base64_decode(const char *text, size_t len, void *out, size_t size,
	size_t *out_len);

#endif
